import { Controller, Get } from '@nestjs/common';
import { Leader } from '../database/index.js';
import { refuse } from '../errors.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { version } from '../version.js';

/** For those who start, watch and balance servers; no credential is needed. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly snapshots: SnapshotKeeper,
    private readonly leader: Leader,
  ) {}

  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  ready(): { status: 'ready'; leader: boolean } {
    if (!this.snapshots.isReady()) refuse('snapshot.loading', { retryAfter: 1 });
    return { status: 'ready', leader: this.leader.isLeader() };
  }

  @Get('version')
  version(): { version: string; node: string } {
    return { version, node: process.version };
  }
}
