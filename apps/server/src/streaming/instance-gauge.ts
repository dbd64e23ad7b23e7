import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { instancesShown } from '../events.js';
import { SnapshotKeeper } from '../snapshots/index.js';
import { StreamingGateway } from './streaming.gateway.js';

/** Shows on `/metrics` how the instances that are connected here are doing. */
@Injectable()
export class InstanceGauge implements OnModuleInit, OnModuleDestroy {
  private hide: () => void = () => undefined;

  constructor(
    private readonly gateway: StreamingGateway,
    private readonly keeper: SnapshotKeeper,
  ) {}

  onModuleInit(): void {
    this.hide = instancesShown(() => this.states());
  }

  onModuleDestroy(): void {
    this.hide();
  }

  private states(): ReadonlyMap<string, Readonly<Record<string, number>>> {
    const { receipts } = this.gateway.hub.census;
    const named = receipts.environments().map((id) => ({ id, name: this.keeper.nameOf(id) }));
    return new Map(named.flatMap(({ id, name }) => (name === undefined ? [] : [[name, receipts.states(id)]])));
  }
}
