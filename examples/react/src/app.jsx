import { BallastProvider, useBallast, useFlag } from '@ballast/sdk/react';
import { useState } from 'react';

/** Renders again when `banner` changes, and only then. */
function Banner() {
  return <h1 id="banner">{useFlag('banner', 'Welcome')}</h1>;
}

/** Counts how the branch that was chosen ends. */
function Checkout() {
  const flags = useBallast();
  const isNew = useFlag('new-checkout', false);
  const [answer, setAnswer] = useState('');
  const pay = () => setAnswer(flags.run('new-checkout', {}, { on: () => 'paid in one step', off: () => 'paid in three steps' }));
  return (
    <p>
      <button type="button" id="pay" onClick={pay}>
        {isNew ? 'Buy now' : 'To the checkout'}
      </button>
      <output id="answer">{answer}</output>
    </p>
  );
}

/** The page, on the server and in the browser: with the same bootstrap and user both render the same. */
export function App({ client, bootstrap, user }) {
  return (
    <BallastProvider client={client} bootstrap={bootstrap} context={{ targetingKey: user }}>
      <Banner />
      <Checkout />
    </BallastProvider>
  );
}
