import { thriftBinary, thriftCompact } from '../../src/codecs/thrift.js'
import { codecContract } from './contract.js'

codecContract(thriftBinary)
codecContract(thriftCompact)
