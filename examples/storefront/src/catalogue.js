/** What the shop sells. */
export const products = [
  { id: 'mug', name: 'Enamel mug', price: 12 },
  { id: 'lamp', name: 'Desk lamp', price: 49 },
  { id: 'chair', name: 'Folding chair', price: 35 },
  { id: 'kettle', name: 'Kettle', price: 29 },
  { id: 'towel', name: 'Linen towel', price: 9 },
  { id: 'clock', name: 'Wall clock', price: 24 },
];

/** The product with this id, or undefined. */
export function findProduct(id) {
  return products.find((product) => product.id === id);
}
