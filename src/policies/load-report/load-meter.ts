import { availableParallelism } from 'node:os'
import type { Clock } from '../../core/clock.js'
import type { LoadReport } from '../../core/load-report.js'
import { writeLoadReport } from './orca.js'

export interface LoadMeterSettings {
  /** Milliseconds between two measurements. */
  readonly period: number
  readonly measure: (() => Partial<LoadReport>) | undefined
  readonly clock: Clock
  readonly report: (error: unknown) => void
}

/**
 * Measures the load of this process: calls, processor time and event-loop utilization. It measures when calls end, at most once per period,
 * and needs no timer.
 */
export class LoadMeter {
  /** The latest report, encoded; undefined in the first period. */
  bytes: Uint8Array | undefined
  private calls = 0
  private errors = 0
  private began: number
  private cpu = process.cpuUsage()
  private loop = performance.eventLoopUtilization()
  /** Names of figures that were reported as invalid. */
  private readonly warned = new Set<string>()

  constructor(private readonly settings: LoadMeterSettings) {
    this.began = settings.clock.now()
  }

  callBegan(): void {
    this.calls++
  }

  callEnded(failed: boolean): void {
    if (failed) this.errors++
    const now = this.settings.clock.now()
    if (now - this.began >= this.settings.period) this.measure(now)
  }

  private measure(now: number): void {
    const elapsed = now - this.began
    const cpu = process.cpuUsage()
    const loop = performance.eventLoopUtilization()
    const used = cpu.user + cpu.system - this.cpu.user - this.cpu.system
    const cpuUtilization = used / 1000 / elapsed / availableParallelism()
    const { utilization } = performance.eventLoopUtilization(loop, this.loop)
    const measured: LoadReport = {
      cpuUtilization,
      // A Node process is saturated when its event loop is, which uses one processor; its thread pool may use more.
      applicationUtilization: Math.max(utilization, cpuUtilization),
      memoryUtilization: 0,
      qps: (this.calls * 1000) / elapsed,
      eps: (this.errors * 1000) / elapsed,
      named: new Map(),
    }
    this.bytes = writeLoadReport({ ...measured, ...this.ownFigures() })
    this.calls = this.errors = 0
    this.began = now
    this.cpu = cpu
    this.loop = loop
  }

  /** Drops values that are negative or not finite, and warns once per name. */
  private ownFigures(): Partial<LoadReport> {
    const { measure, report } = this.settings
    if (measure === undefined) return {}
    try {
      const figures = Object.entries(measure()).filter(([name, value]) => {
        const values = value instanceof Map ? [...value.values()] : [value]
        const fine = values.every(one => typeof one === 'number' && Number.isFinite(one) && one >= 0)
        if (!fine && !this.warned.has(name)) {
          this.warned.add(name)
          report(new Error(`reportLoad: ${name} must be a number of at least 0, got ${String(value)}; it is left out`))
        }
        return fine
      })
      return Object.fromEntries(figures)
    } catch (error) {
      report(error)
      return {}
    }
  }
}
