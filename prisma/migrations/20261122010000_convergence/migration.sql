-- When a change was written, by the one clock that all servers share. Without rewriting the log: rows of before have none.
ALTER TABLE "change" ADD COLUMN "written_at" TIMESTAMPTZ(3);
ALTER TABLE "change" ALTER COLUMN "written_at" SET DEFAULT clock_timestamp();

-- The key that took over from a key that was rotated.
ALTER TABLE "sdk_key" ADD COLUMN "replaced_by" UUID;

-- What servers tell each other. Nothing here outlives a crash of the database, and nothing needs to: a server says again
-- within seconds that it is there, and a question that is lost is asked again by whoever wants to know.
CREATE UNLOGGED TABLE "server_node" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "server_node_pkey" PRIMARY KEY ("id")
);

CREATE UNLOGGED TABLE "question" (
    "id" UUID NOT NULL,
    "asker" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "content" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "question_pkey" PRIMARY KEY ("id")
);

CREATE UNLOGGED TABLE "answer" (
    "question_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "content" TEXT NOT NULL,

    CONSTRAINT "answer_pkey" PRIMARY KEY ("question_id", "server_id"),
    CONSTRAINT "answer_question_id_fkey" FOREIGN KEY ("question_id") REFERENCES "question"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
