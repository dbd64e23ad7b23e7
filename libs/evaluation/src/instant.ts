const pattern = /^(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d+)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Reads an RFC 3339 date and time as epoch milliseconds; digits after the third of a fraction are dropped, second 60 is the next minute. */
export function parseInstant(text: string): number | null {
  const [, date = '', time, second, fraction = '.', zone = ''] = pattern.exec(text) ?? [];
  // `Date` takes days that do not exist for those after them. It is only asked to convert: nothing here reads a clock.
  if (new Date(date).toJSON()?.slice(0, 10) !== date) return null;
  return Date.parse(`${date}T${time}${zone.toUpperCase()}`) + Number(second) * 1000 + Number(`${fraction}00`.slice(1, 4));
}
