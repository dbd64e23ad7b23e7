// The work that everybody does: the same flags, written by each participant in its own words, and the same users.

/** How many flags there are in each job. */
export const FLAGS = 1_000;

/** How many users ask, one after the other. A power of two, and no divisor of FLAGS, so that flags and users meet in many pairs. */
export const USERS = 4_096;

export const flagKeys = Object.keys(Object.fromEntries(Array.from({ length: FLAGS }, (_, i) => [`checkout-step-${i}`, null])));

const NEAR = ['NL', 'BE', 'LU'];
const FAR = ['FR', 'DE', 'AT', 'CH', 'ES', 'IT', 'PT'];
const OLD = Array.from({ length: 60 }, (_, i) => `${1 + (i % 2)}.${i % 15}.${(i * 7) % 20}`);

/** What the three rules ask for; the third one serves a split. */
export const rules = {
  countries: NEAR,
  version: '3.0.0',
  plans: ['team', 'pro', 'plus', 'business', 'scale', 'growth', 'enterprise', 'school', 'charity', 'partner'],
};

/** A key of 36 characters that looks like a UUID, the same in every run; in one piece, as it comes from the network. */
function uuid(i) {
  const hex = (n, length) => (Math.imul(n + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0').slice(0, length);
  const last = `${hex(i + 1009, 8)}${hex(i + 9173, 4)}`;
  return [hex(i, 8), hex(i + 7, 4), `4${hex(i + 31, 3)}`, `8${hex(i + 101, 3)}`, last].join('-');
}

/** A user who passes the first two rules by and is met by the third. */
function user(i, id) {
  return { id, country: FAR[i % FAR.length], version: OLD[i % OLD.length], plan: rules.plans[i % rules.plans.length] };
}

const named = (i) => user(i, `user-${i}`);
const SPLIT = '50 % split, 1 000 flags';
const RULES = 'three rules: in-list, semver, in-list of 10 with a 50 % split';

/**
 * The jobs: `flags` names the kind of flag, `asked` how many of the 1 000 are asked for in turn, `userAt` makes the users. With a `stage`, the
 * client of Ballast also counts who meets a variant for the first time, which no peer does: a job without a bar.
 */
export const jobs = {
  split: { flags: 'split', asked: FLAGS, title: `${SPLIT}, all in turn`, userAt: named },
  'split-one': { flags: 'split', asked: 1, title: `${SPLIT}, one of them`, userAt: named },
  uuid: { flags: 'split', asked: FLAGS, title: `${SPLIT}, all in turn, keys of 36 characters`, userAt: (i) => user(i, uuid(i)) },
  staged: { flags: 'split', stage: 'step-1', asked: FLAGS, title: `${SPLIT}, all in turn, first exposures counted`, userAt: named },
  rules: { flags: 'rules', asked: FLAGS, title: `${RULES}, 1 000 flags, all in turn`, userAt: named },
  'rules-one': { flags: 'rules', asked: 1, title: `${RULES}, 1 000 flags, one of them`, userAt: named },
};

/** Users with a known answer to a flag of three rules. */
export const certain = [
  { user: { id: 'a', country: 'BE', version: '2.0.0', plan: 'free' }, answer: true },
  { user: { id: 'b', country: 'FR', version: '3.0.1', plan: 'free' }, answer: true },
  { user: { id: 'c', country: 'FR', version: '10.0.0', plan: 'free' }, answer: true },
  { user: { id: 'd', country: 'FR', version: '2.10.3', plan: 'free' }, answer: false },
];
