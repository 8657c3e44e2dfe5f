-- MMs, their content, copies, reports, charging events and trails; what makes requests idempotent; subscribers.
-- Numbers of rows carry their place: copy = message << 20 | position, report = copy << 2 | kind. So the copies of an
-- MM are a range of rows, a report exists once, and neither needs an index for that.
-- Rows refer by number. Times are whole seconds since 1970 (UTC). Blobs are MessagePack, but for content.data.

CREATE TABLE message (
    id      INTEGER PRIMARY KEY,
    name    TEXT    NOT NULL,           -- Message-ID
    live    INTEGER NOT NULL,           -- copies whose life has not ended
    owed    INTEGER NOT NULL,           -- reports that are neither told nor given up
    ended   INTEGER NOT NULL,           -- when the last copy ended, so far
    release INTEGER,                    -- when the content goes; null while a copy lives, and once it went
    forget  INTEGER,                    -- when the rows go; null while a copy lives or a report is owed
    body    BLOB    NOT NULL,           -- mmse.abstract.message.Message
    lines   BLOB    NOT NULL            -- the trail's first lines, written with the MM
) STRICT;
CREATE UNIQUE INDEX message_name ON message (name);
CREATE INDEX message_release ON message (release) WHERE release IS NOT NULL;
CREATE INDEX message_forget ON message (forget) WHERE forget IS NOT NULL;

CREATE TABLE content (
    id   INTEGER PRIMARY KEY,           -- of its message
    head BLOB NOT NULL,                 -- how the octets are packed, and facts about them
    data BLOB NOT NULL                  -- as received
) STRICT;

CREATE TABLE copy (
    id             INTEGER PRIMARY KEY,
    state          INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    attempt        INTEGER NOT NULL,
    due            INTEGER,             -- null: never again
    agent          TEXT    NOT NULL,
    report_allowed INTEGER NOT NULL,
    fetched        INTEGER,
    ended          INTEGER,
    token          TEXT,                -- null: has no Content-Location
    recipient      TEXT    NOT NULL,    -- Address.key
    address        BLOB                 -- mmse.abstract.address.Address; null: as it stands in the message
) STRICT;
CREATE INDEX copy_due ON copy (due) WHERE due IS NOT NULL;
CREATE UNIQUE INDEX copy_token ON copy (token) WHERE token IS NOT NULL;

CREATE TABLE report (
    id      INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL,
    due     INTEGER,                    -- null: told, or given up
    body    BLOB    NOT NULL            -- mmse.abstract.reports.Report
) STRICT;
CREATE INDEX report_due ON report (due) WHERE due IS NOT NULL;

CREATE TABLE charge (
    id       INTEGER PRIMARY KEY,
    message  INTEGER NOT NULL,
    position INTEGER NOT NULL,          -- -1: the MM as a whole
    kind     TEXT    NOT NULL,
    sequence INTEGER NOT NULL,
    taken    INTEGER NOT NULL,          -- 1: its sink has it
    body     BLOB    NOT NULL           -- mmse.abstract.charging.ChargeableEvent
) STRICT;
CREATE UNIQUE INDEX charge_event ON charge (message, position, kind, sequence);
CREATE INDEX charge_open ON charge (taken) WHERE taken = 0;

CREATE TABLE trail (
    message INTEGER NOT NULL,
    serial  INTEGER NOT NULL,
    lines   BLOB    NOT NULL,           -- what one commit added
    PRIMARY KEY (message, serial)
) STRICT, WITHOUT ROWID;

CREATE TABLE duplicate (
    key     BLOB    PRIMARY KEY,
    message TEXT    NOT NULL,           -- the Message-ID that was answered
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX duplicate_until ON duplicate (until);

CREATE TABLE correlation (
    agent    TEXT    NOT NULL,
    peer     TEXT    NOT NULL,
    external TEXT    NOT NULL,
    message  TEXT    NOT NULL,          -- Message-ID
    position INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    PRIMARY KEY (agent, peer, external)
) STRICT, WITHOUT ROWID;
CREATE INDEX correlation_expires ON correlation (expires);

CREATE TABLE subscriber (
    number TEXT PRIMARY KEY,
    body   BLOB NOT NULL                -- mmse.abstract.storage.Subscriber
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (                  -- kept in the commit that moves what they count
    name  TEXT    PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
