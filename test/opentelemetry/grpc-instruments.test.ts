import test from 'ava'
import { grpcInstruments } from '../../src/opentelemetry/grpc-instruments.js'

test('labels are those of the gRFCs', t => {
  const attempt = ['grpc.method', 'grpc.target']
  const ended = [...attempt, 'grpc.status', 'grpc.lb.locality']
  const served = ['grpc.method', 'grpc.status']
  const connection = ['grpc.target', 'grpc.lb.locality']
  const wanted = {
    'grpc.client.attempt.started': attempt,
    'grpc.client.attempt.duration': ended,
    'grpc.client.attempt.sent_total_compressed_message_size': ended,
    'grpc.client.attempt.rcvd_total_compressed_message_size': ended,
    'grpc.client.call.duration': [...attempt, 'grpc.status'],
    'grpc.client.call.retries': attempt,
    'grpc.client.call.transparent_retries': attempt,
    'grpc.client.call.hedges': attempt,
    'grpc.client.call.retry_delay': attempt,
    'grpc.server.call.started': ['grpc.method'],
    'grpc.server.call.duration': served,
    'grpc.server.call.sent_total_compressed_message_size': served,
    'grpc.server.call.rcvd_total_compressed_message_size': served,
    'grpc.subchannel.connection_attempts_succeeded': connection,
    'grpc.subchannel.connection_attempts_failed': connection,
    'grpc.subchannel.disconnections': [...connection, 'grpc.disconnect_error'],
    'grpc.subchannel.open_connections': ['grpc.target', 'grpc.security_level', 'grpc.lb.locality'],
  }
  t.deepEqual(Object.fromEntries(Object.values(grpcInstruments).map(({ name, labels }) => [name, labels])), wanted)
})
