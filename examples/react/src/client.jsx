import { createClient } from '@ballast/sdk';
import { hydrateRoot } from 'react-dom/client';
import { App } from './app.jsx';

const { url, key, bootstrap, user } = JSON.parse(document.querySelector('#boot').textContent);
const client = createClient({ url, key, bootstrap, context: { targetingKey: user } });

hydrateRoot(document.querySelector('#app'), <App client={client} bootstrap={bootstrap} user={user} />);
