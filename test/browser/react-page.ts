import { BallastProvider, type Bootstrap, useBallast, useFlag, useFlagDetails } from '@ballast/sdk/react';
import { createTestClient } from '@ballast/sdk/testing';
import { createElement as h, type ReactElement, StrictMode, useState } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';

/** What a component rendered, in order. */
const rendered: string[] = [];
const errors: string[] = [];
const client = createTestClient();

function Value({ flag }: { readonly flag: string }): ReactElement {
  const value = useFlag(flag, 'code');
  rendered.push(`${flag} ${value}`);
  return h('p', { id: flag }, value);
}

function Details({ flag }: { readonly flag: string }): ReactElement {
  const { value, reason } = useFlagDetails(flag, { max: 0 });
  rendered.push(`${flag} ${value.max} ${reason}`);
  return h('p', { id: flag }, `${value.max} ${reason}`);
}

function Status(): ReactElement {
  return h('p', { id: 'status' }, useBallast().status);
}

/** The page: two flags in components of their own, and one of no interest to either. */
export function App({ bootstrap, plan }: { readonly bootstrap?: Bootstrap; readonly plan?: string }): ReactElement {
  const [shown, show] = useState(true);
  const content = shown ? [h(Value, { key: 1, flag: 'banner' }), h(Details, { key: 2, flag: 'limits' })] : [];
  const toggle = h('button', { key: 0, type: 'button', onClick: () => show(!shown) }, 'toggle');
  const props = { client, ...(bootstrap && { bootstrap }), context: { plan: plan ?? 'free' } };
  return h(BallastProvider, props, toggle, ...content, h(Status, { key: 3 }));
}

/** What the tests reach for. */
export const page = {
  client,
  rendered,
  errors,
  mount(isStrict: boolean): void {
    const root = createRoot(document.querySelector('main') ?? document.body);
    const render = (plan: string): void => root.render(isStrict ? h(StrictMode, null, h(App, { plan })) : h(App, { plan }));
    page.setPlan = render;
    render('free');
  },
  hydrate(bootstrap: Bootstrap): void {
    const onRecoverableError = (error: unknown): void => void errors.push(String(error));
    hydrateRoot(document.querySelector('main') ?? document.body, h(StrictMode, null, h(App, { bootstrap })), { onRecoverableError });
  },
  setPlan(_plan: string): void {},
};

if (typeof window !== 'undefined') Object.assign(window, { page });
