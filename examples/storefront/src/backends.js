import { products } from './catalogue.js';

/** A service that is down most of the time: of four calls it answers the last. */
function shaky(name) {
  let calls = 0;
  return (answer) => {
    calls += 1;
    if (calls % 4 !== 0) throw new Error(`${name} does not answer`);
    return answer;
  };
}

const recommendationCache = shaky('the recommendation cache');
const searchIndex = shaky('the search index');
const expressPayment = shaky('the express payment provider');

/** The new code paths of the shop. Their backends are in trouble: this is what flags are for. */
export const fresh = {
  recommend: (product) => recommendationCache(products.filter(({ id }) => id !== product.id).slice(0, 3)),
  search: () => searchIndex(products),
  pay: (amount) => expressPayment({ paid: amount, by: 'express' }),
};

/** The code paths that have served the shop for years. */
export const proven = {
  recommend: (product) => products.filter(({ id, price }) => id !== product.id && price <= product.price),
  search: () => products,
  pay: async (amount) => ({ paid: amount, by: 'card' }),
};
