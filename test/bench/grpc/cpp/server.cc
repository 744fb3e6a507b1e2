// The server, on the callback API, which is its fastest.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <string>

#include "echo.grpc.pb.h"
#include "echo.h"

namespace {

class Sender final : public grpc::ServerWriteReactor<bench::Blob> {
 public:
  explicit Sender(int left) : left_(left) {
    blob_.set_data(std::string(100, 7));
    next();
  }
  void OnWriteDone(bool ok) override { ok ? next() : Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  void next() { left_-- > 0 ? StartWrite(&blob_) : Finish(grpc::Status::OK); }
  int left_;
  bench::Blob blob_;
};

class EchoService final : public bench::Echo::CallbackService {
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, const bench::Text* request,
                                  bench::Text* reply) override {
    reply->set_text(request->text());
    return finished(context);
  }
  grpc::ServerUnaryReactor* Large(grpc::CallbackServerContext* context, const bench::Blob* request,
                                  bench::Blob* reply) override {
    reply->set_data(request->data());
    return finished(context);
  }
  grpc::ServerWriteReactor<bench::Blob>* Stream(grpc::CallbackServerContext*, const bench::Count* request) override {
    return new Sender(request->count());
  }
  static grpc::ServerUnaryReactor* finished(grpc::CallbackServerContext* context) {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int serve() {
  EchoService service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  std::cout << port << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  server->Shutdown();
  return 0;
}
