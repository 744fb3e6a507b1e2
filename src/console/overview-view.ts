import { callRow } from './call-rows.js'
import { methodRow } from './figures.js'
import type { Scene, SeenMethod } from './scene.js'
import { shellView } from './shell-view.js'
import type { CallRow, Overview, Range } from './views.js'
import type { VitalsWatch } from './vitals.js'

/** Kept calls, and how many of them are of one method: one that fails often leaves room for the others. */
const mostRecent = 10
const mostOfOne = 3
/** Methods of one answer: the figures of one are about a kilobyte. */
const mostMethods = 100

interface Asked {
  readonly range: Range
  /** Words that a name must contain. */
  readonly find: string
}

export function overview(scene: Scene, vitals: VitalsWatch, { range, find }: Asked): Overview {
  const { calls, server } = scene
  const { protocols } = server.inspect()
  const found = scene.named(find)
  return {
    ...shellView(scene),
    vitals: vitals.read(),
    connections: Object.values(protocols).reduce((sum, { connections }) => sum + connections, 0),
    connectedEndpoints: scene.channels
      .flatMap(({ channel }) => channel.inspect().endpoints)
      .filter(({ state }) => state === 'connected').length,
    traffic: { served: calls.traffic('server', range), called: calls.traffic('client', range) },
    methods: shownOf(scene, found).map(seen => methodRow(calls, seen, range)),
    found: found.length,
    recent: recentOf(scene),
  }
}

function recentOf({ calls }: Scene): CallRow[] {
  const newest = (['server', 'client'] as const).flatMap(side =>
    calls.methodsOf(side).flatMap(({ recent }) => recent.slice(0, mostOfOne)),
  )
  return newest
    .sort((a, b) => b.key - a.key)
    .slice(0, mostRecent)
    .map(callRow)
}

/** All in their order; if they are too many, those that were called come first. */
function shownOf({ calls }: Scene, found: Scene['methods']): Scene['methods'] {
  if (found.length <= mostMethods) return found
  const isCalled = ({ method, side }: SeenMethod) => calls.find(method.path, observed[side]) !== undefined
  return [...found.filter(isCalled), ...found.filter(one => !isCalled(one))].slice(0, mostMethods)
}

const observed = { served: 'server', called: 'client' } as const
