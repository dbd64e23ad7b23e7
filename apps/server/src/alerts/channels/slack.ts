import type { AlertMessage } from '@ballast/api';
import { changesOf, linesOf, titleOf } from '../text.js';

/** Slack's limits, in characters as they are sent, and a message that people still read. */
const HEADER_LENGTH = 150;
const SECTION_LENGTH = 3_000;
const TEXT_LENGTH = 4_000;
const MOST_ALERTS = 10;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
]);

/** A message as Slack shows it: a header, a section for each alert, what changed, and where to look. */
export function slackMessage(message: AlertMessage) {
  const { data } = message;
  const shown = data.alerts.slice(0, MOST_ALERTS);
  const left = data.alerts.length - shown.length;
  const sections = [
    ...shown.map((alert) => linesOf(alert).join('\n')),
    ...(left > 0 ? [`… and ${left} more`] : []),
    ...(changesOf(message).length > 0 ? [changesOf(message).join('\n')] : []),
    `Alerts: ${data.link}`,
  ];
  return {
    // Of notifications, and of whoever does not show blocks.
    text: fitted(sections.join('\n'), TEXT_LENGTH),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(titleOf(message), HEADER_LENGTH, (character) => character) } },
      ...sections.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text: fitted(text.trim(), SECTION_LENGTH) } })),
    ],
  };
}

/** Text in which nothing means anything to Slack that is not meant, cut where it would be too long. */
function fitted(text: string, most: number): string {
  return cut(text, most, (character) => ENTITIES.get(character) ?? character);
}

/** Whole characters only, as each of them is sent. */
function cut(text: string, most: number, sent: (character: string) => string): string {
  const all = [...text].map(sent);
  if (lengthOf(all) <= most) return all.join('');
  let length = 0;
  const kept = all.filter((character) => {
    length += character.length;
    return length < most;
  });
  return `${kept.join('')}…`;
}

function lengthOf(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
