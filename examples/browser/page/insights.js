import { createClient } from '@ballast/sdk/browser/insights';

const [banner, coupon, pay, answer] = ['banner', 'coupon', 'pay', 'answer'].map((id) => document.getElementById(id));

const { url, key } = await (await fetch('/settings.json')).json();
// `tracking` lets `track` know which variants the visitor was served; `slowMs` says what is slow here.
const flags = createClient({ url, key, context: { targetingKey: 'guest' }, tracking: true, slowMs: [100, 500] });

function show() {
  banner.textContent = flags.value('banner', 'Welcome');
}

show();
for (const event of ['ready', 'configurationChanged']) flags.on(event, show);

/** Stands for a request that succeeds at the second attempt. */
async function order() {
  flags.count('new-checkout', {}, { retries: 1 });
  await new Promise((resolve) => setTimeout(resolve, 150));
  return 'ordered';
}

pay.addEventListener('click', async () => {
  // What visitors type is told from what the code does with it.
  flags.count('new-checkout', {}, { validated: 1, invalid: /^[A-Z]+$/.test(coupon.value) ? 0 : 1 });
  answer.textContent = await flags.run('new-checkout', {}, { on: order, off: order });
  flags.track('order', {}, { value: 49.9 });
});
