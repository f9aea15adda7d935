-- The keys of one ledger's parties. {keys} is their schema; {owner} and {app} are roles of the ledger, {ledger} its store.
-- In a schema of its own, so that it can be backed up apart from the entries, and those backups be thrown away sooner.

-- Which master key wraps them; it is in a file outside of the database.
CREATE TABLE {keys}.master (
    fingerprint text    NOT NULL,
    alone       boolean NOT NULL DEFAULT true PRIMARY KEY CHECK (alone)
);

-- One key for each subject; one that was destroyed leaves its name behind, so that no other takes its place.
CREATE TABLE {keys}.subjects (
    subject      text COLLATE "C" NOT NULL PRIMARY KEY,
    wrapped      bytea,
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- Keeps keys unless their subjects have or had one.
CREATE FUNCTION {keys}.keep(new_subjects text[], new_wrapped bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO {keys}.subjects (subject, wrapped) SELECT * FROM unnest(new_subjects, new_wrapped) ON CONFLICT DO NOTHING;
$$;

-- Destroys the key of a subject of whom the ledger says that its personal data was erased, and of nobody else.
CREATE FUNCTION {keys}.destroy(erased text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM {ledger}.entries WHERE stream = 'party-' || erased AND fact LIKE 'party.personal\_data\_erased@%') THEN
        RAISE EXCEPTION 'no entry says that the personal data of % was erased', erased USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO {keys}.subjects AS s (subject, destroyed_at) VALUES (erased, clock_timestamp())
        ON CONFLICT (subject) DO UPDATE SET wrapped = NULL, destroyed_at = clock_timestamp() WHERE s.wrapped IS NOT NULL;
    RETURN FOUND;
END $$;

CREATE FUNCTION {keys}.adopt(given text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO {keys}.master (fingerprint) VALUES (given) ON CONFLICT DO NOTHING;
    SELECT fingerprint FROM {keys}.master;
$$;

REVOKE ALL ON FUNCTION {keys}.keep(text[], bytea[]), {keys}.destroy(text), {keys}.adopt(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {keys}.keep(text[], bytea[]), {keys}.destroy(text), {keys}.adopt(text) TO {app};
GRANT SELECT ON {keys}.master, {keys}.subjects TO {app};
-- A key that was destroyed stands in a dead row until a vacuum, which before PostgreSQL 17 nobody but the owner can ask for.
DO $$ BEGIN
    IF current_setting('server_version_num')::integer >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON {keys}.subjects TO {app}';
    END IF;
END $$;
ALTER TABLE {keys}.master OWNER TO {owner};
ALTER TABLE {keys}.subjects OWNER TO {owner};
ALTER FUNCTION {keys}.keep(text[], bytea[]) OWNER TO {owner};
ALTER FUNCTION {keys}.destroy(text) OWNER TO {owner};
ALTER FUNCTION {keys}.adopt(text) OWNER TO {owner};
GRANT USAGE ON SCHEMA {keys} TO {app};
