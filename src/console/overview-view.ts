import { callRow } from './call-rows.js'
import { methodRow } from './figures.js'
import type { Scene } from './scene.js'
import { shellView } from './shell-view.js'
import type { Overview, Range } from './views.js'
import type { VitalsWatch } from './vitals.js'

const mostRecent = 10

export function overview(scene: Scene, vitals: VitalsWatch, range: Range): Overview {
  const { calls, methods, server } = scene
  const { protocols } = server.inspect()
  return {
    ...shellView(scene),
    vitals: vitals.read(),
    connections: Object.values(protocols).reduce((sum, { connections }) => sum + connections, 0),
    methods: methods.map(seen => methodRow(calls, seen, range)),
    recent: calls.records().slice(0, mostRecent).map(callRow),
  }
}
