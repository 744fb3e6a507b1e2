import { thriftBinary, thriftCompact, thriftJson } from '../../src/codecs/thrift.js'
import { codecContract } from './contract.js'

codecContract(thriftBinary)
codecContract(thriftCompact)
codecContract(thriftJson)
