-- The store of one ledger. {ledger} is its schema; {owner}, {app} and {view} are its roles.
-- Entries go in by append() alone, and nothing in them ever changes.

CREATE TABLE {ledger}.entries (
    position     bigint      NOT NULL PRIMARY KEY CHECK (position > 0),
    stream       text        NOT NULL,
    version      integer     NOT NULL CHECK (version > 0),
    fact         text        NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    command_id   text        NOT NULL,
    -- On the first entry of a command only: the hash of its input, and how many entries it has.
    command_hash bytea,
    command_size integer,
    meta         text        NOT NULL,
    payload      text        NOT NULL,
    CHECK ((command_hash IS NULL) = (command_size IS NULL))
);
CREATE UNIQUE INDEX entries_stream_version ON {ledger}.entries (stream, version);
CREATE UNIQUE INDEX entries_command ON {ledger}.entries (command_id) WHERE command_hash IS NOT NULL;

-- Held EXCLUSIVE by one append at a time. A table of its own, so that vacuum and backups of the entries never wait for
-- appends; a table lock and not an advisory one, so that nobody but the owner can take it. It has no rows: a row that
-- every append updates would leave a dead version each time for as long as any old snapshot is open.
CREATE TABLE {ledger}.append_lock ();

-- How far a process that records its progress here has come (exactly-once with the entries that it appends).
CREATE TABLE {ledger}.tracking (
    name     text   NOT NULL PRIMARY KEY,
    position bigint NOT NULL
);

CREATE FUNCTION {ledger}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries are append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {ledger}.entries
    FOR EACH STATEMENT EXECUTE FUNCTION {ledger}.refuse_change();
ALTER TABLE {ledger}.entries ENABLE ALWAYS TRIGGER append_only;
-- Against a repair by hand: who owns the table could otherwise insert what was never checked.
CREATE TRIGGER by_append BEFORE INSERT ON {ledger}.entries
    FOR EACH STATEMENT WHEN (current_setting('tallystick.append', true) IS DISTINCT FROM '{ledger}')
    EXECUTE FUNCTION {ledger}.refuse_change();
ALTER TABLE {ledger}.entries ENABLE ALWAYS TRIGGER by_append;

-- One call appends the entries of many commands. Every argument is a list, joined by the character 30:
--   commands c: id, hash of the input (hexadecimal), envelope (JSON);
--   runs r: a command's entries for one stream, in order: command number, stream, version that the stream must have, size;
--   entries e, run after run: fact, effective_at, payload.
-- track_name and track_position (empty: none) move a bookmark forward with a command, or refuse the command.
-- Answers a row per command: appended, repeated (this command is stored already), reused (its id is, with other input),
-- conflict (with the stream and its version), or tracked (its bookmark is not ahead of `version`). Only appended ones take
-- positions.
CREATE FUNCTION {ledger}.append(
    c_ids text, c_hashes text, c_metas text, c_track_names text, c_track_positions text,
    r_commands text, r_streams text, r_expected text, r_sizes text,
    e_facts text, e_effective text, e_payloads text
) RETURNS TABLE (number integer, outcome text, first_position bigint, size integer, stream text, version bigint, at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Every look at the entries goes by an index, whatever the statistics say when a session first plans it: a plan made for an
-- empty table would read all of a large one.
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    ids       text[];
    hashes    text[];
    metas     text[];
    names     text[];
    bookmarks text[];
    commands  integer[];
    streams   text[];
    expected  integer[];
    sizes     integer[];
    facts     text[];
    effective timestamptz[];
    payloads  text[];
    starts    integer[];
    total     integer;
    head      bigint;
    moment    timestamptz;
    good      boolean;
    held      record;
    taken     integer;
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        RAISE EXCEPTION 'append: synchronous_commit is off, and acknowledged entries could be lost' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    -- Assigned, because PERFORM would make a query of it.
    outcome := set_config('tallystick.append', '{ledger}', true);

    -- One entry of one command is most of what comes; it needs none of the work that lists do.
    -- A moment beyond the years 1 to 9999 is refused because a reader that cannot take it in would stand still for ever.
    IF r_commands = '1' AND r_sizes = '1' AND c_track_names IS NULL AND c_track_positions IS NULL
       AND '' <> ALL (ARRAY[c_ids, c_hashes, c_metas, r_streams, e_facts, e_payloads])
       AND length(c_ids) <= 300 AND length(r_streams) <= 300 AND length(e_facts) <= 300
       AND strpos(concat(c_ids, c_hashes, c_metas, r_streams, r_expected, e_facts, e_effective, e_payloads), E'\x1e') = 0 THEN
        moment := e_effective;
        IF moment >= '0001-01-01 00:00:00+00' AND moment < '10000-01-01 00:00:00+00' THEN
            LOCK TABLE {ledger}.append_lock IN EXCLUSIVE MODE;
            INSERT INTO {ledger}.entries
                SELECT h.position + 1, r_streams, r_expected::integer + 1, e_facts, moment, h.recorded_at, c_ids, decode(c_hashes, 'hex'), 1,
                       c_metas, e_payloads
                FROM (SELECT e.position, greatest(e.recorded_at, clock_timestamp()) AS recorded_at
                      FROM {ledger}.entries e ORDER BY e.position DESC LIMIT 1) h
                WHERE r_expected::integer = coalesce((SELECT v.version FROM {ledger}.entries v WHERE v.stream = r_streams
                                                      ORDER BY v.version DESC LIMIT 1), 0)
                  AND (SELECT i.position FROM {ledger}.entries i WHERE i.command_id = c_ids AND i.command_hash IS NOT NULL) IS NULL
                RETURNING position, recorded_at INTO first_position, at;
            IF FOUND THEN
                outcome := pg_notify('{channel}', first_position::text);
                number := 1;
                outcome := 'appended';
                size := 1;
                RETURN NEXT;
                RETURN;
            END IF;
        END IF;
    END IF;

    ids := string_to_array(c_ids, E'\x1e');
    hashes := string_to_array(c_hashes, E'\x1e');
    metas := string_to_array(c_metas, E'\x1e');
    names := string_to_array(c_track_names, E'\x1e');
    bookmarks := string_to_array(c_track_positions, E'\x1e');
    commands := string_to_array(r_commands, E'\x1e')::integer[];
    streams := string_to_array(r_streams, E'\x1e');
    expected := string_to_array(r_expected, E'\x1e')::integer[];
    sizes := string_to_array(r_sizes, E'\x1e')::integer[];
    facts := string_to_array(e_facts, E'\x1e');
    effective := string_to_array(e_effective, E'\x1e')::timestamptz[];
    payloads := string_to_array(e_payloads, E'\x1e');
    total := cardinality(facts);

    -- Most groups are plain: each command has entries for one stream, and none is refused. One look sees that; then comes one insert.
    IF names IS NULL AND bookmarks IS NULL AND cardinality(ids) BETWEEN 1 AND 512
       AND cardinality(hashes) = cardinality(ids) AND cardinality(metas) = cardinality(ids)
       AND cardinality(commands) = cardinality(ids) AND cardinality(streams) = cardinality(ids)
       AND cardinality(expected) = cardinality(ids) AND cardinality(sizes) = cardinality(ids)
       AND cardinality(effective) = total AND cardinality(payloads) = total
       AND '0001-01-01 00:00:00+00' <= ALL (effective) AND '10000-01-01 00:00:00+00' > ALL (effective) THEN
        taken := 0;
        FOR c IN 1 .. cardinality(ids) LOOP
            starts[c] := taken;
            taken := taken + sizes[c];
        END LOOP;
        LOCK TABLE {ledger}.append_lock IN EXCLUSIVE MODE;
        SELECT e.position, greatest(e.recorded_at, clock_timestamp()),
               taken = total
               AND NOT EXISTS (SELECT FROM unnest(commands, streams, expected, sizes) WITH ORDINALITY AS r(c, s, x, z, n)
                               WHERE c <> n OR z < 1 OR length(s) NOT BETWEEN 1 AND 300
                                  OR x <> coalesce((SELECT v.version FROM {ledger}.entries v WHERE v.stream = s
                                                    ORDER BY v.version DESC LIMIT 1), 0))
               AND NOT EXISTS (SELECT FROM unnest(ids) i
                               WHERE length(i) NOT BETWEEN 1 AND 300
                                  OR (SELECT c.position FROM {ledger}.entries c WHERE c.command_id = i AND c.command_hash IS NOT NULL) > 0)
               AND NOT EXISTS (SELECT FROM unnest(facts) f WHERE length(f) NOT BETWEEN 1 AND 300)
               -- A tsvector holds each word once: nothing sees faster whether one is there twice.
               AND length(array_to_tsvector(ids)) = cardinality(ids) AND length(array_to_tsvector(streams)) = cardinality(ids)
            INTO head, moment, good FROM {ledger}.entries e ORDER BY e.position DESC LIMIT 1;
        IF good AND total = cardinality(ids) THEN
            INSERT INTO {ledger}.entries
                SELECT head + n, streams[n], expected[n] + 1, facts[n], effective[n], moment, ids[n], decode(hashes[n], 'hex'), 1,
                       metas[n], payloads[n]
                FROM generate_series(1, total) n;
        ELSIF good THEN
            INSERT INTO {ledger}.entries
                SELECT head + starts[n] + k, streams[n], expected[n] + k, facts[starts[n] + k], effective[starts[n] + k], moment, ids[n],
                       CASE WHEN k = 1 THEN decode(hashes[n], 'hex') END, CASE WHEN k = 1 THEN sizes[n] END, metas[n], payloads[starts[n] + k]
                FROM generate_series(1, cardinality(ids)) n, generate_series(1, sizes[n]) k;
        END IF;
        IF good THEN
            outcome := pg_notify('{channel}', (head + total)::text);
            RETURN QUERY SELECT n, 'appended', head + starts[n] + 1, sizes[n], NULL::text, NULL::bigint, moment
                FROM generate_series(1, cardinality(ids)) n;
            RETURN;
        END IF;
    END IF;

    IF (cardinality(ids) = cardinality(hashes) AND cardinality(ids) = cardinality(metas)
        AND cardinality(commands) = cardinality(streams) AND cardinality(commands) = cardinality(expected)
        AND cardinality(commands) = cardinality(sizes) AND total = cardinality(effective) AND total = cardinality(payloads)
        AND (names IS NULL AND bookmarks IS NULL OR cardinality(names) = cardinality(ids) AND cardinality(bookmarks) = cardinality(ids))
        AND total = coalesce((SELECT sum(s) FROM unnest(sizes) s), 0)
        AND NOT EXISTS (SELECT FROM unnest(sizes, expected) r(s, x) WHERE s < 1 OR x < 0)
        AND NOT EXISTS (SELECT FROM unnest(commands) WITH ORDINALITY AS r(c, n)
                        WHERE c NOT BETWEEN 1 AND cardinality(ids) OR (n > 1 AND c < commands[n - 1]))
       ) IS NOT TRUE THEN
        RAISE EXCEPTION 'append: the lists do not fit together' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM unnest(ids || streams || facts) n WHERE length(n) NOT BETWEEN 1 AND 300)
       OR EXISTS (SELECT FROM unnest(effective) t WHERE t < '0001-01-01 00:00:00+00' OR t >= '10000-01-01 00:00:00+00') THEN
        RAISE EXCEPTION 'append: a name is empty or too long, or a moment lies outside the years 1 to 9999' USING ERRCODE = 'data_exception';
    END IF;

    LOCK TABLE {ledger}.append_lock IN EXCLUSIVE MODE;
    SELECT e.position, greatest(e.recorded_at, clock_timestamp()) INTO head, moment
        FROM {ledger}.entries e ORDER BY e.position DESC LIMIT 1;
    IF NOT FOUND THEN
        head := 0;
        moment := clock_timestamp();
    END IF;

    -- Something in the group is refused: each command is looked at by itself, so that only those fail that must.
    IF EXISTS (SELECT FROM unnest(commands, streams) r(c, s) GROUP BY c, s HAVING count(*) > 1) THEN
        RAISE EXCEPTION 'append: a command names one stream twice' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    at := moment;
    FOR c IN 1 .. cardinality(ids) LOOP
        number := c;
        first_position := NULL;
        stream := NULL;
        version := NULL;
        size := coalesce((SELECT sum(r.size) FROM unnest(commands, sizes) r(command, size) WHERE r.command = c), 0);
        SELECT e.position, e.command_size, e.command_hash, e.recorded_at INTO held FROM {ledger}.entries e
            WHERE e.command_id = ids[c] AND e.command_hash IS NOT NULL;
        IF FOUND THEN
            outcome := CASE WHEN held.command_hash = decode(hashes[c], 'hex') THEN 'repeated' ELSE 'reused' END;
            first_position := held.position;
            size := held.command_size;
            at := held.recorded_at;
            RETURN NEXT;
            at := moment;
            CONTINUE;
        END IF;
        SELECT r.stream, h.version INTO stream, version FROM unnest(commands, streams, expected) AS r(command, stream, expected),
            LATERAL (SELECT coalesce((SELECT e.version FROM {ledger}.entries e WHERE e.stream = r.stream
                                      ORDER BY e.version DESC LIMIT 1), 0) AS version) h
            WHERE r.command = c AND h.version <> r.expected LIMIT 1;
        IF FOUND THEN
            outcome := 'conflict';
            RETURN NEXT;
            CONTINUE;
        END IF;
        IF names[c] <> '' THEN
            INSERT INTO {ledger}.tracking AS t VALUES (names[c], bookmarks[c]::bigint)
                ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE t.position < excluded.position;
            IF NOT FOUND THEN
                outcome := 'tracked';
                SELECT t.position INTO version FROM {ledger}.tracking t WHERE t.name = names[c];
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;
        INSERT INTO {ledger}.entries
            SELECT head + row_number() OVER (ORDER BY e.n), r.stream, r.expected + r.k, e.fact, e.effective_at, moment, ids[c],
                   CASE WHEN row_number() OVER (ORDER BY e.n) = 1 THEN decode(hashes[c], 'hex') END,
                   CASE WHEN row_number() OVER (ORDER BY e.n) = 1 THEN size END, metas[c], e.payload
            FROM (SELECT row_number() OVER (ORDER BY q.n, k) AS n, q.stream, q.expected, q.command, k
                  FROM unnest(streams, expected, sizes, commands) WITH ORDINALITY AS q(stream, expected, size, command, n),
                       generate_series(1, q.size) k) r
            JOIN unnest(facts, effective, payloads) WITH ORDINALITY AS e(fact, effective_at, payload, n) ON e.n = r.n
            WHERE r.command = c;
        GET DIAGNOSTICS taken = ROW_COUNT;
        outcome := 'appended';
        first_position := head + 1;
        head := head + taken;
        RETURN NEXT;
    END LOOP;
    PERFORM pg_notify('{channel}', head::text);
END $$;

-- Who installs gives rights while everything is still theirs; nobody acts as the owner afterwards.
REVOKE ALL ON FUNCTION {ledger}.append(text, text, text, text, text, text, text, text, text, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {ledger}.append(text, text, text, text, text, text, text, text, text, text, text, text) TO {app};
GRANT SELECT ON {ledger}.entries, {ledger}.tracking TO {app}, {view};
ALTER TABLE {ledger}.entries OWNER TO {owner};
ALTER TABLE {ledger}.append_lock OWNER TO {owner};
ALTER TABLE {ledger}.tracking OWNER TO {owner};
ALTER FUNCTION {ledger}.refuse_change() OWNER TO {owner};
ALTER FUNCTION {ledger}.append(text, text, text, text, text, text, text, text, text, text, text, text) OWNER TO {owner};
