import { Global, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { ApiDoor } from './api-door.js';
import { ApiTokens } from './api-tokens.js';
import { CredentialsStore } from './credentials.store.js';
import { Doorkeeper } from './doorkeeper.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyStore } from './idempotency.store.js';
import { SdkKeys } from './sdk-keys.js';
import { TokensController } from './tokens.controller.js';

/** Who may enter: API tokens for people and tools, SDK keys for clients. */
@Global()
@Module({
  controllers: [TokensController],
  providers: [
    ApiDoor,
    ApiTokens,
    SdkKeys,
    CredentialsStore,
    Doorkeeper,
    IdempotencyStore,
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  ],
  exports: [ApiDoor, ApiTokens, SdkKeys, Doorkeeper],
})
export class AccessModule {}
