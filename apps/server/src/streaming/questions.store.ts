import { Injectable } from '@nestjs/common';
import { PrismaService } from '../database/index.js';

/** What one server asks all others. */
export interface AskedQuestion {
  readonly id: string;
  readonly asker: string;
  readonly environmentId: string;
  /** JSON. */
  readonly content: string;
  readonly forMs: number;
}

/** A question that another server waits for. */
export type OpenQuestion = Omit<AskedQuestion, 'asker'>;

/** What one server last answered. */
export interface ServerAnswer {
  readonly serverId: string;
  /** JSON. */
  readonly content: string;
}

/** Tables in which servers ask each other. A notification only hastens what polling would find. All times are the database's. */
@Injectable()
export class QuestionsStore {
  constructor(private readonly prisma: PrismaService) {}

  async ask({ id, asker, environmentId, content, forMs }: AskedQuestion): Promise<void> {
    await this.prisma.$queryRaw`
      WITH asked AS (
        INSERT INTO question (id, asker, environment_id, content, expires_at)
        VALUES (${id}::uuid, ${asker}::uuid, ${environmentId}::uuid, ${content}, clock_timestamp() + ${forMs}::float8 * interval '1 millisecond'))
      SELECT pg_notify('ballast_ask', ${id})::text`;
  }

  /** What others wait for now. */
  open(serverId: string): Promise<readonly OpenQuestion[]> {
    return this.prisma.$queryRaw<OpenQuestion[]>`
      SELECT id, environment_id AS "environmentId", content, ceil(extract(epoch FROM expires_at - clock_timestamp()) * 1000)::int AS "forMs"
      FROM question WHERE asker <> ${serverId}::uuid AND expires_at > clock_timestamp()`;
  }

  /** Replaces what this server answered before; a question that nobody waits for any more needs no answer. */
  async answer(questionId: string, { serverId, content }: ServerAnswer): Promise<void> {
    await this.prisma.$queryRaw`
      WITH asked AS (SELECT id FROM question WHERE id = ${questionId}::uuid FOR KEY SHARE), answered AS (
        INSERT INTO answer (question_id, server_id, content) SELECT id, ${serverId}::uuid, ${content} FROM asked
        ON CONFLICT (question_id, server_id) DO UPDATE SET content = excluded.content)
      SELECT pg_notify('ballast_answer', id::text)::text FROM asked`;
  }

  answers(questionId: string): Promise<readonly ServerAnswer[]> {
    return this.prisma.$queryRaw<ServerAnswer[]>`
      SELECT server_id AS "serverId", content FROM answer WHERE question_id = ${questionId}::uuid`;
  }

  /** Removes a question that was answered, with its answers, and those that their askers left behind. */
  async forget(questionId: string): Promise<void> {
    await this.prisma
      .$executeRaw`DELETE FROM question WHERE id = ${questionId}::uuid OR expires_at < clock_timestamp() - interval '1 minute'`;
  }
}
