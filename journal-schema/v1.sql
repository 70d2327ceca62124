-- The journal of one node, schema 1. A landed version is never edited: what must change becomes v2.sql.
-- Every row of meta, session and event is covered by the hash chain; event_private is bound by a salted digest.

CREATE TABLE meta (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    journal     BLOB    NOT NULL CHECK (length(journal) = 16),  -- identity of this journal, hence of the node
    host        BLOB    NOT NULL CHECK (length(host) = 32),     -- SHA-256 of /etc/machine-id
    created_ns  INTEGER NOT NULL,                               -- UTC, nanoseconds since 1970
    genesis     BLOB    NOT NULL CHECK (length(genesis) = 32)   -- digest of the above; "prev" of event 1
) STRICT;

CREATE TABLE session (
    id             INTEGER PRIMARY KEY,
    pid            INTEGER NOT NULL,
    started_ticks  INTEGER,          -- field 22 of /proc/self/stat: tells a reused pid from the first one
    uid            INTEGER NOT NULL,
    euid           INTEGER NOT NULL,
    loginuid       INTEGER,          -- NULL: not logged in, or no audit support
    user           TEXT    NOT NULL, -- resolved then and there: a uid read elsewhere misleads
    host           TEXT    NOT NULL,
    ssh_client     TEXT,
    argv_digest    BLOB    NOT NULL CHECK (length(argv_digest) = 32),
    tool           TEXT    NOT NULL,
    kernel         TEXT    NOT NULL,
    sqlite         TEXT    NOT NULL,
    wall_ns        INTEGER NOT NULL,
    boot_ns        INTEGER NOT NULL,
    boot_id        BLOB    NOT NULL CHECK (length(boot_id) = 16)
) STRICT;

CREATE TABLE event (
    seq             INTEGER PRIMARY KEY,
    prev            BLOB    NOT NULL CHECK (length(prev) = 32),
    hash            BLOB    NOT NULL CHECK (length(hash) = 32),
    mig             BLOB    CHECK (length(mig) = 16),            -- NULL: about the journal itself
    ver             INTEGER CHECK ((mig IS NULL) = (ver IS NULL)),
    class           INTEGER NOT NULL CHECK (class IN (0, 1, 2)), -- fact, telemetry, custody
    kind            TEXT    NOT NULL CHECK (kind <> ''),
    role            TEXT    CHECK (role IN ('source', 'destination')),
    epoch           INTEGER,
    ct              TEXT,
    ct_uuid         BLOB    CHECK (length(ct_uuid) = 16),
    state_after     TEXT,
    ends            INTEGER NOT NULL CHECK (ends IN (0, 1)),     -- 1: nothing is owed by this node any more
    op              BLOB    CHECK (length(op) = 16),             -- shared by an intent and its outcome
    peer            BLOB    CHECK (length(peer) = 16),
    peer_seq        INTEGER,
    peer_head       BLOB    CHECK (length(peer_head) = 32),
    return_code     INTEGER,
    duration_ns     INTEGER,
    wall_ns         INTEGER NOT NULL,
    boot_ns         INTEGER NOT NULL,
    boot_id         BLOB    NOT NULL CHECK (length(boot_id) = 16),
    session         INTEGER NOT NULL REFERENCES session (id),
    payload_version INTEGER NOT NULL,
    payload         TEXT    NOT NULL,                            -- JSON; these bytes are hashed as they stand
    private_digest  BLOB    CHECK (length(private_digest) = 32), -- SHA-256(salt || body) of event_private
    CHECK ((peer_seq IS NULL) = (peer_head IS NULL)),
    CHECK (peer_seq IS NULL OR peer IS NOT NULL),
    UNIQUE (mig, ver)
) STRICT;

CREATE TABLE event_private (
    seq   INTEGER PRIMARY KEY REFERENCES event (seq),
    salt  BLOB NOT NULL,
    body  BLOB NOT NULL
) STRICT;

CREATE INDEX event_by_container ON event (ct_uuid, epoch) WHERE ct_uuid IS NOT NULL;
CREATE INDEX event_by_peer ON event (peer, peer_seq) WHERE peer_seq IS NOT NULL;

CREATE TRIGGER meta_is_written_once BEFORE INSERT ON meta WHEN EXISTS (SELECT 1 FROM meta)
BEGIN SELECT RAISE(ABORT, 'the identity of a journal is written once'); END;
CREATE TRIGGER meta_is_never_updated BEFORE UPDATE ON meta
BEGIN SELECT RAISE(ABORT, 'the identity of a journal never changes'); END;
CREATE TRIGGER meta_is_never_deleted BEFORE DELETE ON meta
BEGIN SELECT RAISE(ABORT, 'the identity of a journal never goes'); END;

CREATE TRIGGER session_is_the_next BEFORE INSERT ON session
BEGIN
    SELECT RAISE(ABORT, 'a session takes the number after the last') WHERE NEW.id IS NOT
        (SELECT coalesce(max(id), 0) + 1 FROM session);
END;
CREATE TRIGGER session_is_never_updated BEFORE UPDATE ON session
BEGIN SELECT RAISE(ABORT, 'a session is never updated'); END;
CREATE TRIGGER session_is_never_deleted BEFORE DELETE ON session
BEGIN SELECT RAISE(ABORT, 'a session is never deleted'); END;

-- Also stops INSERT OR REPLACE, which fires no DELETE trigger unless recursive_triggers is on.
CREATE TRIGGER event_is_the_next_link BEFORE INSERT ON event
BEGIN
    SELECT RAISE(ABORT, 'an event takes the number after the last') WHERE NEW.seq IS NOT
        (SELECT coalesce(max(seq), 0) + 1 FROM event);
    SELECT RAISE(ABORT, 'an event names the hash of the last') WHERE NEW.prev IS NOT
        coalesce((SELECT hash FROM event ORDER BY seq DESC LIMIT 1), (SELECT genesis FROM meta));
    SELECT RAISE(ABORT, 'an event takes the version after its migration''s last') WHERE NEW.mig IS NOT NULL
        AND NEW.ver IS NOT (SELECT coalesce(max(ver), 0) + 1 FROM event WHERE mig = NEW.mig);
END;
CREATE TRIGGER event_is_never_updated BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'an event is never updated'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

-- A private body may be erased. It may not be changed, nor come later than its event.
CREATE TRIGGER event_private_comes_with_its_event BEFORE INSERT ON event_private
BEGIN
    SELECT RAISE(ABORT, 'a private body comes with its event') WHERE NOT EXISTS
        (SELECT 1 FROM event WHERE seq = NEW.seq AND private_digest IS NOT NULL
            AND seq = (SELECT max(seq) FROM event))
        OR EXISTS (SELECT 1 FROM event_private WHERE seq = NEW.seq);
END;
CREATE TRIGGER event_private_is_never_updated BEFORE UPDATE ON event_private
BEGIN SELECT RAISE(ABORT, 'a private body is never updated'); END;
