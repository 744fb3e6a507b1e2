import { serve } from '../../../src/index.js'
import { UnaryService, Workshop } from '../../matrix/contract.js'

const server = await serve([new UnaryService(new Workshop())], { host: '127.0.0.1', report: () => {} })
console.log(JSON.stringify({ port: server.port }))
