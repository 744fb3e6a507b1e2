// Attacks on a server whose limits are the defaults.
import test from 'ava'
import { shapes as amplification } from './amplification.js'
import { shapes as errors } from './errors.js'
import { shapes as hashFlooding } from './hash-flooding.js'
import { shapes as http2 } from './http2.js'
import { shapes as nesting } from './nesting.js'
import { attacks } from './rig.js'
import { shapes as smuggling } from './smuggling.js'
import { shapes as texts } from './texts.js'

const held = attacks(test)
for (const shape of [amplification, errors, hashFlooding, http2, nesting, smuggling, texts].flat())
  test.serial(shape.name, held, shape)
