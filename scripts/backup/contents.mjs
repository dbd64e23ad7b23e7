/** Tables in an order in which each comes after those that it refers to. */
const TABLES = `
SELECT c.relname AS name,
  (SELECT array_agg(quote_ident(attname) ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns,
  (SELECT coalesce(array_agg(DISTINCT confrelid::regclass::text), '{}') FROM pg_constraint
    WHERE conrelid = c.oid AND contype = 'f' AND confrelid <> c.oid) AS after
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> '_prisma_migrations'
ORDER BY c.relname`;

/** Partitions that servers made as time went by. */
const PARTITIONS = `
SELECT format('CREATE TABLE IF NOT EXISTS %I.%I PARTITION OF %s %s%s', n.nspname, c.relname, inhparent::regclass,
  pg_get_expr(c.relpartbound, c.oid), coalesce(format(' WITH (%s)', array_to_string(c.reloptions, ', ')), '')) AS sql
FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relispartition AND c.relkind = 'r' ORDER BY 1`;

const SEQUENCES = `
SELECT format('%I.%I', schemaname, sequencename) AS name, last_value::text AS value
FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL ORDER BY 1`;

const HEADS = `
SELECT p.key || '/' || e.key AS name, r.current::float8 AS revision, r.server_checksum::float8 AS checksum
FROM environment e JOIN project p ON p.id = e.project_id JOIN revision r ON r.environment_id = e.id ORDER BY 1`;

const MIGRATIONS = 'SELECT migration_name AS name FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name';

/** What a database holds as this transaction sees it: every table with its rows counted and digested, and where each environment stands. */
export async function contentsOf(client) {
  const column = async (sql, name) => (await client.query(sql)).rows.map((row) => row[name]);
  const tables = [];
  for (const { name, columns } of inOrder((await client.query(TABLES)).rows))
    tables.push({ name, columns, ...(await digestOf(client, name)) });
  return {
    migrations: await column(MIGRATIONS, 'name'),
    partitions: await column(PARTITIONS, 'sql'),
    tables,
    sequences: (await client.query(SEQUENCES)).rows,
    environments: (await client.query(HEADS)).rows,
  };
}

/** The rows of a table, in whatever order they lie. */
async function digestOf(client, name) {
  const { rows } = await client.query(
    `SELECT count(*)::float8 AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS digest FROM "${name}" AS t`,
  );
  return rows[0];
}

function inOrder(tables) {
  const sorted = [];
  const isThere = (name) => sorted.some((table) => table.name === name) || !tables.some((table) => table.name === name);
  while (sorted.length < tables.length) {
    const next = tables.filter((table) => !sorted.includes(table) && table.after.every(isThere));
    if (next.length === 0) throw new Error('tables refer to one another in a circle');
    sorted.push(...next);
  }
  return sorted;
}
