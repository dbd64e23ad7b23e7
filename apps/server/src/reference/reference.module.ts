import { Module } from '@nestjs/common';
import { ReferenceController } from './reference.controller.js';

/** What the API can do, told by the server itself. */
@Module({ controllers: [ReferenceController] })
export class ReferenceModule {}
