import type { Resolver } from './resolver.js'
import { staticResolver } from './static.js'

/** By name, as in `grpc+static://...`. */
export const builtInResolvers: readonly Resolver[] = [staticResolver]
