import { thriftBinary, thriftCompact, thriftJson } from '../../src/codecs/thrift/codec.js'
import { codecContract } from './contract.js'

codecContract(thriftBinary)
codecContract(thriftCompact)
codecContract(thriftJson)
