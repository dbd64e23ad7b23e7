import { createClient } from '@ballast/sdk';

const [banner, plan, pay, answer, status] = ['banner', 'plan', 'pay', 'answer', 'status'].map((id) => document.getElementById(id));

/** What the flags are evaluated for; it never leaves the page. */
const visitor = () => ({ targetingKey: 'guest', plan: plan.value });

// The key is a client key: it may be public, and sees only client-visible flags.
const { url, key } = await (await fetch('/settings.json')).json();
const flags = createClient({ url, key, context: visitor() });

function show() {
  banner.textContent = flags.value('banner', 'Welcome');
  pay.textContent = flags.value('new-checkout', false) ? 'Buy now' : 'To the checkout';
  status.textContent = flags.status;
}

show();
for (const event of ['ready', 'stale', 'configurationChanged', 'contextChanged']) flags.on(event, show);
plan.addEventListener('change', () => flags.setContext(visitor()));

// Counts how the way that was taken ends, and how long it takes.
pay.addEventListener('click', () => {
  answer.textContent = flags.run('new-checkout', {}, { on: () => 'paid in one step', off: () => 'paid in three steps' });
});
