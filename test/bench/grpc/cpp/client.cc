// The client: one channel, and a completion queue that one thread reads, which is its fastest.
//
// Prints what the first call brought. For each line `IN_FLIGHT WARM_UP DURATION` (milliseconds) of its input prints `started`, and then
// `CALLS ELAPSED P50 P99` (milliseconds).
#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "echo.grpc.pb.h"
#include "echo.h"

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void check(const grpc::Status& status) {
  if (status.ok()) return;
  std::cerr << status.error_message() << std::endl;
  std::exit(1);
}

// One call after another. `start` makes one, and the queue returns the caller when it has ended.
class Caller {
 public:
  virtual ~Caller() = default;
  virtual void start(grpc::CompletionQueue& queue) = 0;
  // Of the call that ended.
  virtual std::string reply() = 0;
  Clock::time_point begin;
};

template <typename Message>
class UnaryCaller final : public Caller {
 public:
  using Method = std::function<std::unique_ptr<grpc::ClientAsyncResponseReader<Message>>(
      grpc::ClientContext*, const Message&, grpc::CompletionQueue*)>;
  UnaryCaller(Method method, Message request, std::function<std::string(const Message&)> text)
      : method_(std::move(method)), request_(std::move(request)), text_(std::move(text)) {}
  void start(grpc::CompletionQueue& queue) override {
    context_ = std::make_unique<grpc::ClientContext>();
    reader_ = method_(context_.get(), request_, &queue);
    reader_->Finish(&reply_, &status_, this);
  }
  std::string reply() override {
    check(status_);
    return text_(reply_);
  }

 private:
  Method method_;
  Message request_, reply_;
  std::function<std::string(const Message&)> text_;
  grpc::Status status_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Message>> reader_;
};

// One stream at a time, so it blocks while it reads.
class StreamCaller final : public Caller {
 public:
  explicit StreamCaller(bench::Echo::Stub& stub) : stub_(stub) {}
  void start(grpc::CompletionQueue& queue) override {
    grpc::ClientContext context;
    bench::Count request;
    request.set_count(5000);
    auto reader = stub_.Stream(&context, request);
    bench::Blob blob;
    for (seen_ = 0; reader->Read(&blob);) seen_++;
    check(reader->Finish());
    alarm_ = std::make_unique<grpc::Alarm>(&queue, gpr_time_0(GPR_CLOCK_MONOTONIC), this);
  }
  std::string reply() override { return std::to_string(seen_); }

 private:
  bench::Echo::Stub& stub_;
  int seen_ = 0;
  std::unique_ptr<grpc::Alarm> alarm_;
};

std::unique_ptr<Caller> callerOf(const std::string& work, bench::Echo::Stub& stub) {
  if (work == "stream") return std::make_unique<StreamCaller>(stub);
  if (work == "large") {
    bench::Blob blob;
    blob.set_data(std::string(1024 * 1024, 5));
    return std::make_unique<UnaryCaller<bench::Blob>>(
        [&stub](auto... all) { return stub.AsyncLarge(all...); }, blob,
        [](const bench::Blob& reply) { return std::to_string(reply.data().size()); });
  }
  bench::Text text;
  text.set_text("hello world");
  return std::make_unique<UnaryCaller<bench::Text>>([&stub](auto... all) { return stub.AsyncUnary(all...); }, text,
                                                    [](const bench::Text& reply) { return reply.text(); });
}

Caller* ended(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  if (!queue.Next(&tag, &ok)) std::exit(1);
  return static_cast<Caller*>(tag);
}

// A closed loop of as many callers as calls in flight.
void measure(std::vector<std::unique_ptr<Caller>>& callers, grpc::CompletionQueue& queue, double warmUp,
             double duration) {
  std::vector<double> latencies;
  bool isCounting = false;
  auto start = Clock::now();
  auto begin = [&queue](Caller& one) {
    one.begin = Clock::now();
    one.start(queue);
  };
  for (auto& one : callers) begin(*one);
  for (;;) {
    Caller& one = *ended(queue);
    one.reply();
    if (isCounting) {
      latencies.push_back(since(one.begin));
      // On a machine that is busy with other work, a turn lasts until every caller could have had one reply.
      if (since(start) >= duration && latencies.size() >= callers.size()) break;
    } else if (since(start) >= warmUp) {
      std::cout << "started" << std::endl;
      isCounting = true;
      start = Clock::now();
    }
    begin(one);
  }
  const double elapsed = since(start);
  std::sort(latencies.begin(), latencies.end());
  const auto quantile = [&latencies](double q) {
    return latencies[std::min(latencies.size() - 1, static_cast<size_t>(latencies.size() * q))];
  };
  std::cout << latencies.size() << ' ' << elapsed << ' ' << quantile(0.5) << ' ' << quantile(0.99) << std::endl;
  for (size_t left = callers.size() - 1; left > 0; left--) ended(queue)->reply();
}

}  // namespace

int call(const std::string& port, const std::string& work) {
  auto channel = grpc::CreateChannel("127.0.0.1:" + port, grpc::InsecureChannelCredentials());
  auto stub = bench::Echo::NewStub(channel);
  grpc::CompletionQueue queue;
  auto first = callerOf(work, *stub);
  first->start(queue);
  std::cout << ended(queue)->reply() << std::endl;
  for (int inFlight; std::cin >> inFlight;) {
    double warmUp = 0, duration = 0;
    std::cin >> warmUp >> duration;
    std::vector<std::unique_ptr<Caller>> callers;
    for (int at = 0; at < inFlight; at++) callers.push_back(callerOf(work, *stub));
    measure(callers, queue, warmUp, duration);
  }
  return 0;
}
