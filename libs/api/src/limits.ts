interface Limit {
  readonly max: number;
  readonly unit: string;
  readonly why: string;
}

/** Every bound of the product, with the reason for its size. `docs/limits.md` shows this table and is checked against it. */
export const LIMITS = Object.freeze({
  flagsPerProject: { max: 10_000, unit: 'flags', why: 'A snapshot of this many flags still loads and folds in well under a second.' },
  environmentsPerProject: { max: 50, unit: 'environments', why: 'A segment is written to every environment in one transaction.' },
  projects: { max: 1_000, unit: 'projects', why: 'Every environment of every project is held in the memory of each server.' },
  keysPerEnvironment: {
    max: 100,
    unit: 'SDK keys that are not revoked',
    why: 'One for each client that can lose it; more are never looked through.',
  },
  tokens: { max: 500, unit: 'API tokens that are not revoked', why: 'One for each person and tool; more are never looked through.' },
  segmentsPerProject: { max: 1_000, unit: 'segments', why: 'All segments travel in every snapshot that may use them.' },
  segmentMembers: { max: 10_000, unit: 'members per list', why: 'Lists are held in memory by every server-side client.' },
  objectivesPerProject: { max: 500, unit: 'objectives', why: 'All are evaluated every 30 seconds, in well under a second.' },
  rulesPerObjective: { max: 10, unit: 'rules', why: 'Each one is two windows to sum up.' },
  maintenancePerProject: {
    max: 100,
    unit: 'maintenance windows that are not over',
    why: 'Each one divides the time that objectives are summed over.',
  },
  openSloDocuments: { max: 2_000, unit: 'documents per file', why: 'Each one is read in one piece, and all of them in one write.' },
  openSloDocumentLength: {
    max: 32_768,
    unit: 'characters per document',
    why: 'The largest objective fits; reading YAML takes time that grows with the square of its keys and anchors.',
  },
  approvalsPerFlag: { max: 20, unit: 'open approvals in an environment', why: 'Each change is compared with all of them.' },
  queryLength: { max: 4_000, unit: 'characters', why: 'A query of Prometheus that a person can still read.' },
  channelsPerProject: { max: 50, unit: 'channels', why: 'Every alert is a message for each of them.' },
  recipientsPerChannel: { max: 20, unit: 'addresses', why: 'More people belong on a mailing list.' },
  silencesPerProject: { max: 200, unit: 'silences that are not over', why: 'Each alert is compared with all of them.' },
  triggersPerProject: { max: 50, unit: 'triggers', why: 'One for each system that may act.' },
  flagsPerTrigger: { max: 200, unit: 'flags', why: 'What a trigger may do is read by people.' },
  alertsPerTrigger: { max: 100, unit: 'alerts per request', why: 'Each one may be a change.' },
  rulesPerFlag: { max: 200, unit: 'rules', why: 'Rules are tried one after another at each evaluation.' },
  valuesPerCondition: { max: 10_000, unit: 'values', why: 'Longer lists belong in a segment.' },
  conditionsPerRule: { max: 500, unit: 'conditions', why: 'Keeps the worst case of one evaluation below a millisecond.' },
  conditionDepth: { max: 16, unit: 'levels', why: 'Keeps recursion far from the stack limit in every language.' },
  prerequisitesPerFlag: { max: 20, unit: 'prerequisites', why: 'Each one costs an evaluation.' },
  variantsPerFlag: { max: 64, unit: 'variants', why: 'Counters are kept per variant.' },
  variantBytes: { max: 65_536, unit: 'bytes of JSON', why: 'Every variant travels to every client that may see the flag.' },
  schemaBytes: { max: 65_536, unit: 'bytes of JSON', why: 'Bounds the time to compile a schema.' },
  patternLength: { max: 256, unit: 'characters', why: 'Bounds the analysis that keeps patterns from running for ever.' },
  patternsPerFlag: { max: 50, unit: 'patterns', why: 'Each one is analysed at write.' },
  chainDepth: { max: 16, unit: 'levels', why: 'Prerequisites and segments that lead to one another are followed at each evaluation.' },
  conditionTextLength: { max: 1_024, unit: 'characters', why: 'The engine tests text up to this length.' },
  keyLength: { max: 255, unit: 'UTF-16 units', why: 'Fits any URL and an index row.' },
  variantNameLength: { max: 255, unit: 'UTF-16 units', why: 'Fits a counter row and a label.' },
  nameLength: { max: 255, unit: 'characters', why: 'One line on a page.' },
  ownerLength: { max: 255, unit: 'characters', why: 'A team or an address.' },
  descriptionLength: { max: 4_000, unit: 'characters', why: 'A page of text; more belongs in a document that it links to.' },
  reasonLength: { max: 1_000, unit: 'characters', why: 'A reason is read in a list.' },
  tagsPerFlag: { max: 50, unit: 'tags', why: 'Tags are shown beside the key.' },
  tagLength: { max: 64, unit: 'characters', why: 'Tags are shown beside the key.' },
  metadataEntries: { max: 50, unit: 'entries', why: 'Metadata travels with every resolution.' },
  metadataValueLength: { max: 1_024, unit: 'characters', why: 'Metadata travels with every resolution.' },
  ttlDays: { max: 3_650, unit: 'days', why: 'A flag that lives longer than ten years is permanent.' },
  contextBytes: { max: 65_536, unit: 'bytes of JSON', why: 'A context describes one caller, not a data set.' },
  contextDepth: { max: 16, unit: 'levels', why: 'Keeps recursion far from the stack limit in every language.' },
  bodyBytes: { max: 1_048_576, unit: 'bytes', why: 'A body is held in memory while it is checked.' },
  importBytes: { max: 10_485_760, unit: 'bytes', why: 'Holds ten thousand flags of a kilobyte.' },
  importEntries: {
    max: 50_000,
    unit: 'flags × environments',
    why: 'A file is one write to every environment of the project; a larger one would hold up everybody else for too long.',
  },
  jsonDepth: { max: 64, unit: 'levels', why: 'Deeper bodies are mistakes or attacks.' },
  telemetryBatchBytes: { max: 65_536, unit: 'bytes', why: 'Browsers refuse larger beacons.' },
  telemetryRelayBytes: { max: 1_048_576, unit: 'bytes', why: 'A relay forwards several batches in one request.' },
  outcomesPerReport: { max: 500, unit: 'outcomes', why: 'Fills a batch like the one of an SDK.' },
  exposuresPerOutcome: { max: 100, unit: 'variants', why: 'More flags than one request of a program evaluates.' },
  otlpBytes: { max: 4_194_304, unit: 'bytes', why: 'The usual batch of a collector, 8 192 spans, with room to spare.' },
  otlpItems: {
    max: 20_000,
    unit: 'spans or log records per request',
    why: 'More than twice the usual batch of a collector; more would keep everybody else waiting while they are read.',
  },
  telemetryRows: { max: 500, unit: 'rows per batch', why: 'Fills a batch of the largest size.' },
  changesPageBytes: {
    max: 4_194_304,
    unit: 'bytes before and after',
    why: 'A page of the audit ends early rather than read more than this; one change always fits, and nextCursor goes on.',
  },
  pageSize: { max: 200, unit: 'items', why: 'A page is built in memory.' },
  idempotencyKeyLength: { max: 255, unit: 'characters', why: 'A UUID or a short name.' },
  idempotencyHours: { max: 24, unit: 'hours', why: 'Longer than any sensible chain of retries.' },
} as const satisfies Readonly<Record<string, Limit>>);

/** Name of a bound in the table `LIMITS`. */
export type LimitName = keyof typeof LIMITS;

/** The table of limits as Markdown, one line each. */
export function limitsTable(): string {
  const rows = Object.entries(LIMITS).map(([name, { max, unit, why }]) => `| \`${name}\` | ${max} | ${unit} | ${why} |`);
  return ['| limit | at most | of what | why |', '|---|---|---|---|', ...rows].join('\n');
}
