-- Refuses DDL on the store, whoever asks. Only a superuser can make (or disable) an event trigger, so a ledger on a server
-- where the installing role is none goes without this guard and says so in `tally doctor`.
-- In a schema of its own, and not the owner's: dropped together with the store, the guard would not be there to refuse it.
CREATE SCHEMA {guard};
CREATE FUNCTION {guard}.refuse_ddl() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    touched boolean;
BEGIN
    IF TG_EVENT = 'sql_drop' THEN
        touched := EXISTS (SELECT FROM pg_event_trigger_dropped_objects()
            WHERE schema_name = '{ledger}' OR (object_type = 'schema' AND object_name = '{ledger}'));
    ELSE
        -- What belongs to a table but to no schema is called 'append_only on {ledger}.entries'. Rebuilding an index changes nothing.
        touched := TG_TAG <> 'REINDEX' AND EXISTS (SELECT FROM pg_event_trigger_ddl_commands()
            WHERE schema_name = '{ledger}' OR (object_type = 'schema' AND object_identity = '{ledger}')
               OR position(' on {ledger}.' IN object_identity) > 0)
        -- GRANT, REASSIGN and ALTER SCHEMA say nothing of what they touch: look at what has become of the store.
        OR (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = '{ledger}' AND c.relname IN ('entries', 'append_lock', 'tracking')
              AND pg_get_userbyid(c.relowner) = '{owner}' AND pg_get_userbyid(n.nspowner) = '{owner}') <> 3
        OR NOT EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = '{ledger}' AND p.proname = 'append' AND pg_get_userbyid(p.proowner) = '{owner}')
        OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
            WHERE n.nspname = '{ledger}' AND a.grantee <> c.relowner AND (a.privilege_type <> 'SELECT' OR c.relname = 'append_lock'))
        OR EXISTS (SELECT FROM pg_namespace n, aclexplode(n.nspacl) a
            WHERE n.nspname = '{ledger}' AND a.grantee <> n.nspowner AND a.privilege_type <> 'USAGE')
        OR EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(p.proacl) a
            WHERE n.nspname = '{ledger}' AND p.proname = 'append' AND a.grantee <> p.proowner AND pg_get_userbyid(a.grantee) <> '{app}')
        OR EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = '{ledger}' AND c.relname = 'entries');
    END IF;
    IF touched THEN
        RAISE EXCEPTION 'the store {ledger} is append-only: % refused', TG_TAG USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;
CREATE EVENT TRIGGER {ledger}_no_ddl ON ddl_command_end EXECUTE FUNCTION {guard}.refuse_ddl();
CREATE EVENT TRIGGER {ledger}_no_drop ON sql_drop EXECUTE FUNCTION {guard}.refuse_ddl();
ALTER EVENT TRIGGER {ledger}_no_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER {ledger}_no_drop ENABLE ALWAYS;
