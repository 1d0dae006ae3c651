#include "net/task.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

using signalbox::task;
using signalbox::task_queue;

namespace {

/// Tasks that write down that they ran, and a count of those that still are.
struct tasks {
  task* make(char name) {
    return task::make([this, name, alive = alive] { ran += name; });
  }

  void run_all(task_queue& queue) {
    while (auto* x = queue.pop())
      x->run_and_delete();
  }

  std::string ran;
  std::shared_ptr<int> alive = std::make_shared<int>();
};

} // namespace

TEST_CASE_METHOD(tasks, "task: they run in the order they came", "[task]") {
  task_queue queue;
  for (char name : {'a', 'b', 'c'})
    queue.push(make(name));
  run_all(queue);
  CHECK(ran == "abc");
  CHECK(alive.use_count() == 1);
}

TEST_CASE_METHOD(tasks, "task: an empty queue gives none, and goes on",
                 "[task]") {
  task_queue queue;
  CHECK(queue.is_empty());
  CHECK(queue.pop() == nullptr);
  queue.push(make('a'));
  CHECK_FALSE(queue.is_empty());
  run_all(queue);
  CHECK(queue.is_empty());
  queue.push(make('b'));
  run_all(queue);
  CHECK(ran == "ab");
}

TEST_CASE_METHOD(tasks, "task: what a queue still holds is dropped unrun",
                 "[task]") {
  {
    task_queue queue;
    queue.push(make('a'));
    queue.push(make('b'));
    CHECK(alive.use_count() == 3);
  }
  CHECK(ran.empty());
  CHECK(alive.use_count() == 1);
}

TEST_CASE_METHOD(tasks, "task: a queue that was moved from is empty",
                 "[task]") {
  task_queue from;
  from.push(make('a'));
  task_queue to{std::move(from)};
  CHECK(from.is_empty());
  from.push(make('b'));
  run_all(to);
  CHECK(ran == "a");
  run_all(from);
  CHECK(ran == "ab");
}

TEST_CASE_METHOD(tasks, "task: one that is run may queue others", "[task]") {
  task_queue queue;
  queue.push(task::make([&] {
    ran += 'a';
    queue.push(make('c'));
  }));
  queue.push(make('b'));
  run_all(queue);
  CHECK(ran == "abc");
}

TEST_CASE("task: a callable that can only be moved will do", "[task]") {
  int result = 0;
  auto* x = task::make(
    [&result, value = std::make_unique<int>(7)] { result = *value; });
  x->run_and_delete();
  CHECK(result == 7);
}
