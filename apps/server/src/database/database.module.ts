import { Global, Module } from '@nestjs/common';
import { ClockWatch } from './clock-watch.js';
import { Leader } from './leader.js';
import { Listener } from './listener.js';
import { PrismaService } from './prisma.service.js';
import { Statements } from './statements.js';

/** The floor every room stands on: the client of the database, the listener of its notifications, and who leads. */
@Global()
@Module({ providers: [PrismaService, Statements, ClockWatch, Listener, Leader], exports: [PrismaService, Statements, Listener, Leader] })
export class DatabaseModule {}
