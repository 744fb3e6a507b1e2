#!/usr/bin/env node
import { buffer } from 'node:stream/consumers'
import { runPlugin } from '../idl/proto/plugin.js'

// protoc and buf start it with a request on stdin, and read the answer from stdout.
process.stdout.write(runPlugin(await buffer(process.stdin), text => process.stderr.write(`note: ${text}\n`)))
