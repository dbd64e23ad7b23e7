import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

const NEWLINE = 0x0a;
const END_OF_ROWS = Buffer.from('\\.\n');

/** The lines of a compressed file, with their ends. */
async function* linesOf(file) {
  let rest = Buffer.alloc(0);
  const source = createReadStream(file);
  const text = createGunzip();
  source.on('error', (error) => text.destroy(error)).pipe(text);
  for await (const chunk of text) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const line = chunk.subarray(from, at + 1);
      yield rest.length > 0 ? Buffer.concat([rest, line]) : line;
      rest = Buffer.alloc(0);
      from = at + 1;
    }
    rest = Buffer.concat([rest, chunk.subarray(from)]);
  }
  if (rest.length > 0) throw new Error(`${file} ends within a line`);
}

/** What a backup says is in it, and then its statements; each `COPY` comes with its rows, which have to be read before the next. */
export async function openBackup(file) {
  const lines = linesOf(file);
  const { value = Buffer.alloc(0) } = await lines.next();
  const contents = parseContents(value.toString());
  if (contents?.format !== 'ballast-backup/1') throw new Error(`${file} is no backup that this release can read`);
  return { contents, statements: statementsOf(lines), close: () => lines.return() };
}

function parseContents(line) {
  try {
    return line.startsWith('-- ') ? JSON.parse(line.slice(3)) : undefined;
  } catch {
    return undefined;
  }
}

async function* statementsOf(lines) {
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const sql = line.value.toString();
    yield sql.startsWith('COPY ') ? { sql, rows: rowsOf(lines) } : { sql };
  }
}

async function* rowsOf(lines) {
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    if (line.value.equals(END_OF_ROWS)) return;
    yield line.value;
  }
  throw new Error('the backup ends within a table');
}
