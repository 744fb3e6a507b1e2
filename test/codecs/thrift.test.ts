import { thriftBinary, thriftCompact, thriftJson } from '../../src/codecs/thrift/codec.js'
import { codecContract } from './contract.js'

codecContract(thriftBinary, { newMembers: 'number' })
codecContract(thriftCompact, { newMembers: 'number' })
codecContract(thriftJson, { newMembers: 'number' })
