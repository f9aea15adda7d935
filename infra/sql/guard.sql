-- Refuses DDL on the store, whoever asks. Only a superuser can make (or disable) an event trigger, so a ledger on a server
-- where the installing role is none goes without this guard and says so in `tally doctor`.
CREATE FUNCTION {ledger}.refuse_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_EVENT = 'sql_drop' THEN
        IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE schema_name = '{ledger}' OR (object_type = 'schema' AND object_name = '{ledger}')) THEN
            RAISE EXCEPTION 'the store {ledger} is append-only: % refused', TG_TAG USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name = '{ledger}' OR (object_type = 'schema' AND object_identity = '{ledger}')) THEN
        RAISE EXCEPTION 'the store {ledger} is append-only: % refused', TG_TAG USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;
ALTER FUNCTION {ledger}.refuse_ddl() OWNER TO {owner};
CREATE EVENT TRIGGER {ledger}_no_ddl ON ddl_command_end EXECUTE FUNCTION {ledger}.refuse_ddl();
CREATE EVENT TRIGGER {ledger}_no_drop ON sql_drop EXECUTE FUNCTION {ledger}.refuse_ddl();
ALTER EVENT TRIGGER {ledger}_no_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER {ledger}_no_drop ENABLE ALWAYS;
