// Keeps one server up: npm run serve
import { serve } from 'polywire'
import { HelloService } from './service.js'

const server = await serve([new HelloService({ name: 'the server', delay: 0 })], {
  port: Number(process.env.PORT ?? 8080),
  shutdownOn: ['SIGINT', 'SIGTERM'],
})
console.log(`hello.Hello is served on port ${server.port} (${server.protocols.join(', ')}). Try:

  curl -H 'content-type: application/json' -d '{"name":"World"}' http://127.0.0.1:${server.port}/hello.Hello/SayHello

Ctrl-C ends it.`)
