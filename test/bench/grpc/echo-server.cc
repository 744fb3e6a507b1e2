// The unary method of bench.Echo on gRPC C++'s callback API, its fastest. Prints its port; ends when its input does.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <string>

#include "echo.grpc.pb.h"

class EchoService final : public bench::Echo::CallbackService {
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const bench::Text* request,
                                  bench::Text* reply) override {
    reply->set_text(request->text());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

int main() {
  EchoService service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  std::cout << port << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  server->Shutdown();
}
