import { dnsResolver } from './dns.js'
import { etcdResolver } from './etcd.js'
import type { Resolver } from './resolver.js'
import { staticResolver } from './static.js'

/** By name, as in `grpc+dns://...`. */
export const builtInResolvers: readonly Resolver[] = [
  staticResolver,
  /* @__PURE__ */ dnsResolver(),
  /* @__PURE__ */ etcdResolver(),
]
