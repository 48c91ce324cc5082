BEGIN TRANSACTION;
CREATE TABLE analyses (
    id INTEGER PRIMARY KEY,
    track_id INTEGER NOT NULL REFERENCES tracks(id) ON DELETE CASCADE,
    model_id INTEGER NOT NULL REFERENCES models(id),
    duration_s REAL NOT NULL,
    genres TEXT NOT NULL,            -- JSON [[genre, probability], ...], likeliest first
    timeline TEXT NOT NULL,          -- JSON [[start_s, end_s, genre, probability], ...]
    loudness_lufs REAL,
    tempo_bpm REAL, tempo_confidence REAL,
    key_tonic TEXT, key_mode TEXT, key_strength REAL,
    flags TEXT NOT NULL,             -- JSON [flag, ...]
    fingerprint BLOB,                -- int8
    analysed_at REAL NOT NULL,
    scan_id INTEGER NOT NULL REFERENCES scans(id),
    UNIQUE (track_id, model_id)
);
INSERT INTO "analyses" VALUES(2,1,1,3.01428571428571423496e+01,'[["rock", 0.75], ["blues", 0.25]]','[[0.0, 5.0, "rock", 0.6], [5.0, 10.0, "blues", 0.55]]',-14.25,120.5,0.9,'F#','minor',0.4,'["truncated"]',X'7AA2E2E767B400C385408FC7FFFC9D7B3F769739CB0A6CC639A9D278EB04CA9DEC1FF446DC1C456AED8A37075FF5DE8FF524455AB7174DC2D85714022C027B40',1.79537139003403782848e+09,1);
INSERT INTO "analyses" VALUES(3,2,1,3.02857142857142846992e+01,'[["rock", 0.75], ["blues", 0.25]]','[[0.0, 5.0, "rock", 0.6], [5.0, 10.0, "blues", 0.55]]',-14.25,120.5,0.9,'F#','minor',0.4,'["truncated"]',X'6F775E2EE1E48AAFD5D81402316460467AD1686CB9F81131339BFA9A75B3F262052EFF591824F4E817044817F85CB6F0FC64F01D9354F1FF983122D644058EB7',1.7953713900344312191e+09,1);
INSERT INTO "analyses" VALUES(4,3,1,3.0,'[]','[]',NULL,NULL,NULL,NULL,NULL,NULL,'["silent"]',NULL,1.79537139003466701507e+09,1);
CREATE TABLE failures (
    file_id INTEGER PRIMARY KEY REFERENCES files(id) ON DELETE CASCADE,
    stage TEXT NOT NULL,
    cause TEXT NOT NULL,
    failed_at REAL NOT NULL
);
INSERT INTO "failures" VALUES(5,'decode','It is damaged: replace it.',1.79537139003494691843e+09);
CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    mount BLOB NOT NULL,             -- the mount point it lay under when last seen
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    track_id INTEGER REFERENCES tracks(id),       -- NULL: it could not be analysed
    held_track_id INTEGER REFERENCES tracks(id),  -- what it held when a scan last finished
    scan_id INTEGER NOT NULL REFERENCES scans(id) -- the scan that last saw it
);
INSERT INTO "files" VALUES(1,X'2F6D757369632F6F6E652E6D7033',X'2F',1000,2000,1,NULL,1);
INSERT INTO "files" VALUES(2,X'2F6D757369632F616761696E2E6D7033',X'2F',1000,2000,1,NULL,1);
INSERT INTO "files" VALUES(3,X'2F6D757369632FFF0A2E666C6163',X'2F',1000,2000,2,NULL,1);
INSERT INTO "files" VALUES(4,X'2F6D757369632F73696C656E63652E776176',X'2F',44,5,3,NULL,1);
INSERT INTO "files" VALUES(5,X'2F6D757369632F6261642E6D7033',X'2F',3,4,NULL,NULL,1);
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    front_end TEXT NOT NULL
);
INSERT INTO "models" VALUES(1,'segue-s-v1','mel128-v1');
CREATE TABLE roots (
    path BLOB PRIMARY KEY,           -- os.fsencode: names need not be valid text
    scan_id INTEGER NOT NULL REFERENCES scans(id)
);
INSERT INTO "roots" VALUES(X'2F6D75736963',1);
CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    started_at REAL NOT NULL,        -- seconds since 1970, as every *_at
    finished_at REAL                 -- NULL while it runs, and for ever if it was cut short
);
INSERT INTO "scans" VALUES(1,1.79537139001188826561e+09,NULL);
CREATE TABLE tracks (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,   -- of the audio payload, so tags and names may change
    title TEXT, artist TEXT, album TEXT, album_artist TEXT, genre TEXT, year TEXT,
    track_number INTEGER,
    added_at REAL NOT NULL
);
INSERT INTO "tracks" VALUES(1,'wav:00000000000000000000000000000001','One','Björk','Début',NULL,'Pop','1993',1,1.79537139003283500665e+09);
INSERT INTO "tracks" VALUES(2,'wav:00000000000000000000000000000002','no. 2',NULL,NULL,NULL,NULL,NULL,NULL,1.79537139003437662128e+09);
INSERT INTO "tracks" VALUES(3,'wav:silence',NULL,NULL,NULL,NULL,NULL,NULL,NULL,1.79537139003463530541e+09);
CREATE TABLE vectors (
    track_id INTEGER NOT NULL REFERENCES tracks(id) ON DELETE CASCADE,
    model_id INTEGER NOT NULL REFERENCES models(id),
    dim INTEGER NOT NULL,
    vector BLOB NOT NULL,            -- little-endian float32
    PRIMARY KEY (track_id, model_id),
    CHECK (length(vector) = 4 * dim)
);
INSERT INTO "vectors" VALUES(1,1,16,X'D25E113EADCEAC3EAEFF0A3E2D0B09BF656BBE3E9BC43B3EB9DE61BEB272743E9A5B193E5274F73D294B3F3CB9F9653E28E59ABE790E89BDD7CD4ABEC6E77B3E');
INSERT INTO "vectors" VALUES(2,1,16,X'CE574E3D90A30EBE7A6BE1BDF88B26BF8189F53EB9199C3E8A97B1BDBB24533ED576993D331E17BE055F853EA17AA9BDB072B3BDD92558BE6648F83D468AD8BC');
CREATE INDEX files_by_track ON files(track_id);
CREATE INDEX files_by_held_track ON files(held_track_id);
CREATE INDEX analyses_by_scan ON analyses(scan_id);
COMMIT;
PRAGMA user_version = 1;
PRAGMA application_id = 1936160101;
