import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { ApiTokens } from './api-tokens.js';
import { CredentialsStore } from './credentials.store.js';
import { FailureThrottle } from './failure-throttle.js';
import { SdkKeys } from './sdk-keys.js';
import { TokensController } from './tokens.controller.js';

/** Who may enter: API tokens for people and tools, SDK keys for clients. */
@Global()
@Module({
  controllers: [TokensController],
  providers: [ApiTokens, SdkKeys, CredentialsStore, FailureThrottle, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [ApiTokens, SdkKeys, FailureThrottle],
})
export class AccessModule {}
