import { Global, Module } from '@nestjs/common';
import { Listener } from './listener.js';
import { PrismaService } from './prisma.service.js';

/** The floor every room stands on: the client of the database and the listener of its notifications. */
@Global()
@Module({ providers: [PrismaService, Listener], exports: [PrismaService, Listener] })
export class DatabaseModule {}
