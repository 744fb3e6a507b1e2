import { Field, Message } from '../../decorators/message.js'
import { bytes, int32, listOf, type OneOf, oneOf, string } from '../../schema/algebra.js'

// grpc/reflection/v1/reflection.proto. The same messages serve v1alpha, whose bytes are the same.

@Message('grpc.reflection.v1.ExtensionRequest')
export class ExtensionRequest {
  @Field(1, string) containingType = ''
  @Field(2, int32) extensionNumber = 0
}

const requests = {
  file_by_filename: [3, string],
  file_containing_symbol: [4, string],
  file_containing_extension: [5, ExtensionRequest],
  all_extension_numbers_of_type: [6, string],
  list_services: [7, string],
} as const

@Message('grpc.reflection.v1.ServerReflectionRequest')
export class ServerReflectionRequest {
  @Field(1, string) host = ''
  @Field(oneOf(requests)) message_request?: OneOf<typeof requests>
}

@Message('grpc.reflection.v1.FileDescriptorResponse')
export class FileDescriptorResponse {
  @Field(1, listOf(bytes)) file_descriptor_proto: Uint8Array[] = []
}

@Message('grpc.reflection.v1.ExtensionNumberResponse')
export class ExtensionNumberResponse {
  @Field(1, string) base_type_name = ''
  @Field(2, listOf(int32)) extension_number: number[] = []
}

@Message('grpc.reflection.v1.ServiceResponse')
export class ServiceResponse {
  @Field(1, string) name = ''
}

@Message('grpc.reflection.v1.ListServiceResponse')
export class ListServiceResponse {
  @Field(1, listOf(ServiceResponse)) service: ServiceResponse[] = []
}

@Message('grpc.reflection.v1.ErrorResponse')
export class ErrorResponse {
  @Field(1, int32) error_code = 0
  @Field(2, string) error_message = ''
}

const responses = {
  file_descriptor_response: [4, FileDescriptorResponse],
  all_extension_numbers_response: [5, ExtensionNumberResponse],
  list_services_response: [6, ListServiceResponse],
  error_response: [7, ErrorResponse],
} as const

export type ReflectionAnswer = OneOf<typeof responses>

@Message('grpc.reflection.v1.ServerReflectionResponse')
export class ServerReflectionResponse {
  @Field(1, string) valid_host = ''
  @Field(2, ServerReflectionRequest) original_request?: ServerReflectionRequest
  @Field(oneOf(responses)) message_response?: ReflectionAnswer
}
