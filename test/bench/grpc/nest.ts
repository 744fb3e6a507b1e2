import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader'
import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { type ClientGrpc, ClientProxyFactory, GrpcMethod, type GrpcOptions, Transport } from '@nestjs/microservices'
import { firstValueFrom, type Observable } from 'rxjs'
import { descriptorSet } from '../../protocols/grpc/peers.js'
import { freePort } from '../../support/free-port.js'
import { Echo, text } from './echo.js'

@Controller()
class EchoController {
  @GrpcMethod('Echo', 'Unary')
  async unary(request: unknown): Promise<unknown> {
    return request
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

function optionsOf(url: string): GrpcOptions {
  const packageDefinition = loadFileDescriptorSetFromBuffer(descriptorSet(Echo))
  return { transport: Transport.GRPC, options: { package: 'bench', packageDefinition, url } }
}

export async function listen(): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`
  const server = await NestFactory.createMicroservice(EchoModule, { ...optionsOf(address), logger: ['error', 'fatal'] })
  await server.listen()
  return address
}

export async function connect(address: string): Promise<() => Promise<unknown>> {
  const client = ClientProxyFactory.create(optionsOf(address)) as unknown as ClientGrpc
  const echo = client.getService<{ unary(request: object): Observable<unknown> }>('Echo')
  return () => firstValueFrom(echo.unary({ text }))
}
