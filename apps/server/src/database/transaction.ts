import type { Prisma } from '../generated/prisma/client.js';

/** Prisma's client inside one transaction; what a store is given when its rows must be written together with others'. */
export type Transaction = Prisma.TransactionClient;
