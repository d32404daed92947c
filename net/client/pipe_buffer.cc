#include "net/client/pipe_buffer.h"

#include <cstdint>
#include <utility>

namespace meshtrace::net {
namespace {

using Base = concurrency::streams::details::streambuf_state_manager<std::uint8_t>;

// Only writing is possible; everything that the interface has for reading and seeking says so.
class PipeBuffer final : public Base {
 public:
  explicit PipeBuffer(std::shared_ptr<BytePipe> pipe) : Base(std::ios_base::out), pipe_(std::move(pipe)) {}

  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return traits::eof(); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return traits::eof(); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override { return traits::eof(); }
  bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
  void release(std::uint8_t*, std::size_t) override {}

 protected:
  pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override {
    return pipe_->put({reinterpret_cast<const char*>(bytes), count});
  }
  pplx::task<int_type> _putc(std::uint8_t byte) override {
    return _putn(&byte, 1).then([byte](std::size_t taken) { return taken == 1 ? int_type{byte} : traits::eof(); });
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }  // the writer falls back to putn
  void _commit(std::size_t) override {}

  pplx::task<int_type> _bumpc() override { return nothing(); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return nothing(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return nothing(); }
  pplx::task<int_type> _ungetc() override { return nothing(); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override { return pplx::task_from_result<std::size_t>(0); }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }

 private:
  static pplx::task<int_type> nothing() { return pplx::task_from_result<int_type>(traits::eof()); }

  std::shared_ptr<BytePipe> pipe_;
};

}  // namespace

concurrency::streams::streambuf<std::uint8_t> make_pipe_buffer(std::shared_ptr<BytePipe> pipe) {
  return concurrency::streams::streambuf<std::uint8_t>(std::make_shared<PipeBuffer>(std::move(pipe)));
}

}  // namespace meshtrace::net
