import type { Typed } from '../command.js'
import type { Project } from '../project.js'

export interface Finding {
  /** `node`, `target dev` */
  readonly id: string
  readonly state: 'ok' | 'warn' | 'FAIL'
  readonly message: string
  /** What comes of it. */
  readonly why?: string
  /** What to do, or to type. */
  readonly fix?: string
}

export interface Examined {
  /** The folder with the package.json. */
  readonly folder: string
  readonly project: Project | undefined
  readonly typed: Typed
  readonly env: NodeJS.ProcessEnv
}

/** Looks at one thing of a project. It throws only for a fault of its own. */
export type Check = (examined: Examined) => Promise<readonly Finding[]>
