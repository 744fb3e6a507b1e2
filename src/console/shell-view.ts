import { hostname } from 'node:os'
import { attentionTo } from './attention.js'
import { nameOf, type Scene } from './scene.js'
import type { Shell, Tree } from './views.js'

export function shellView(scene: Scene): Shell {
  const { draining, health } = scene.server.inspect()
  return {
    host: hostname(),
    pid: process.pid,
    node: process.versions.node,
    addresses: scene.server.addresses,
    draining,
    ready: !draining && Object.values(health).every(passes => passes !== false),
    uptime: Math.round(performance.now() - scene.began),
    now: Date.now(),
    attention: attentionTo(scene),
    methodCount: scene.methods.length,
  }
}

export function tree({ methods }: Scene): Tree {
  return methods.map(({ method, side }) => ({ name: nameOf(method), side }))
}
