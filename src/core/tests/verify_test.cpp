#include "core/tests/ground.h"

using namespace core_test;

namespace {

class Verify : public OnBothEngines {
 protected:
  void SetUp() override {
    for (const char* title : {"a", "b", "c", "d"})
      ground.execute("things.create_thing", R"({"title":")" + std::string(title) + R"(","amount":1,"name":"Ann","phone":"1"})");
    ground.settle();
    const auto c = ground.daybook().database().connect(db::Access::write);
    for (auto& table : tables) c->script("CREATE TABLE copy_of_" + table + " AS SELECT * FROM " + table);
  }
  // Does it to a log of 5 entries, of which 2 … 5 have a personal part; gives the verdict, and puts everything back.
  std::string after(const std::string& sql) {
    for (std::size_t at = 0; at < sql.size();) {
      const auto end = std::min(sql.find(';', at), sql.size());
      ground.change(sql.substr(at, end - at));
      at = end + 1;
    }
    const auto verdict = ground.verdict();
    EXPECT_EQ(verdict.whole, verdict.broken.empty());
    for (auto& table : tables) {
      ground.change("DELETE FROM " + table + " WHERE 0 < $t");
      ground.change("INSERT INTO " + table + " SELECT * FROM copy_of_" + table + " WHERE 0 < $t");
    }
    return verdict.broken;
  }
  static std::string at(int seq, const std::string& what) { return "tenant shop, entry " + std::to_string(seq) + ": " + what; }

  const Lines tables{"core_log", "core_log_personal", "core_head"};
  const std::string differs = "the entry is not what was written: its hash differs";
  const std::string where = " WHERE tenant = $t AND seq = ";
};
FOR_BOTH_ENGINES(Verify);

TEST_P(Verify, FindsEveryKindOfTampering) {
  EXPECT_EQ(after("SELECT seq FROM core_head WHERE tenant = $t"), "");
  EXPECT_EQ(after("UPDATE core_log SET body = replace(body, '\"b\"', '\"x\"')" + where + "3"), at(3, differs));
  EXPECT_EQ(after("UPDATE core_log SET changed = '[ ]'" + where + "3"), at(3, differs));
  for (auto change : {"time = time + 1", "type = 'thing.bumped'", "version = 2", "subject = 'thing/x'", "subject_version = 9",
                      "actor = 'usr_x'", "cause = 'x'", "trace = 'x'", "epoch = 'x'"})
    EXPECT_EQ(after("UPDATE core_log SET " + std::string(change) + where + "4"), at(4, differs)) << change;
  const std::string personal = "the personal part is not what was written";
  EXPECT_EQ(after("UPDATE core_log_personal SET body = replace(body, 'Ann', 'Bob')" + where + "5"), at(5, personal));
  EXPECT_EQ(after("UPDATE core_log_personal SET changed = '[ ]'" + where + "5"), at(5, personal));
  EXPECT_EQ(after("UPDATE core_log_personal SET salt = hash" + where + "5"), at(5, personal));
  EXPECT_EQ(after("UPDATE core_log_personal SET hash = salt, salt = hash" + where + "5"), at(5, personal));
  EXPECT_EQ(after("DELETE FROM core_log_personal" + where + "5"), at(5, differs));
  EXPECT_EQ(after("UPDATE core_log_personal SET seq = 1" + where + "5"), at(1, differs));
  EXPECT_EQ(after("UPDATE core_log_personal SET seq = 6" + where + "2"), at(2, differs));
  EXPECT_EQ(after("UPDATE core_log_personal SET hash = (SELECT hash FROM core_log_personal" + where +
                  "3), salt = (SELECT salt FROM "
                  "core_log_personal" +
                  where + "3), body = (SELECT body FROM core_log_personal" + where + "3)" + where + "2"),
            at(2, differs))
      << "another's personal part, whole";
}

TEST_P(Verify, FindsRowsThatAreMissingAddedOrReordered) {
  EXPECT_EQ(after("DELETE FROM core_log" + where + "3"), at(3, "is missing"));
  EXPECT_EQ(after("DELETE FROM core_log" + where + "1"), at(1, "is missing"));
  EXPECT_EQ(after("DELETE FROM core_log" + where + "5;DELETE FROM core_log_personal" + where + "5"),
            at(4, "the head says 5, the log ends at 4"));
  EXPECT_EQ(after("DELETE FROM core_log" + where + "5"), at(5, "a personal part without its entry"));
  EXPECT_EQ(after("UPDATE core_log SET seq = 9" + where + "3;UPDATE core_log SET seq = 3" + where +
                  "4;UPDATE core_log SET seq = 4" + where + "9"),
            at(3, differs));
  EXPECT_EQ(after("INSERT INTO core_log SELECT tenant, 6, epoch, time, type, version, subject, subject_version, actor, cause, "
                  "trace, changed, body, hash "
                  "FROM core_log" +
                  where + "5"),
            at(6, differs));
  EXPECT_EQ(after("UPDATE core_log SET seq = seq + 1" + where + "5"), at(5, "is missing"));
}

TEST_P(Verify, FindsAHeadThatIsNotTheEnd) {
  EXPECT_EQ(after("UPDATE core_head SET seq = 4 WHERE tenant = $t"), at(5, "the head says 4, the log ends at 5"));
  EXPECT_EQ(after("UPDATE core_head SET seq = 6 WHERE tenant = $t"), at(5, "the head says 6, the log ends at 5"));
  EXPECT_EQ(after("UPDATE core_head SET hash = (SELECT hash FROM core_log" + where + "4) WHERE tenant = $t"),
            at(5, "the head's hash is not the last entry's"));
  EXPECT_TRUE(after("DELETE FROM core_head WHERE tenant = $t").contains("core_head has no row"));
}

TEST_P(Verify, AnErasedPartLeavesTheChainWhole) {
  ground.change("UPDATE core_log_personal SET salt = substr(salt, 1, 0), body = '', changed = ''" + where + "3");
  const auto verdict = ground.verdict();
  EXPECT_TRUE(verdict.whole) << verdict.broken;
  EXPECT_EQ(verdict.erased, 1);
  EXPECT_EQ(after("UPDATE core_log_personal SET changed = '[{}]'" + where + "3"),
            at(3, "the personal part is not what was written"))
      << "nothing is put where something was erased";
}

// ---- signed heads --------------------------------------------------------------------------------------------------

class SignedHeads : public OnBothEngines {
 protected:
  core::SignedHead sign() {
    const auto done = ground.daybook().work_and_wait(ground.tenant, [](core::Group& group, core::Tenant& t) {
      const auto actor = core::Actor::system("test");
      const core::Request request;
      auto tx = group.tx(t, actor, request);
      EXPECT_TRUE(core::sign_head(tx));
      group.keep(tx);
    });
    EXPECT_TRUE(done);
    std::vector<core::SignedHead> heads;
    ground.daybook().read(*ground.tenant, [&](core::View& view) { heads = core::signed_heads(view); });
    return heads.at(0);
  }
  // What somebody with the database in his hands would do: another past, with a chain that fits.
  void rewrite() {
    const auto c = ground.daybook().database().connect(db::Access::write);
    c->begin(db::Access::write);
    db::Tx tx(*c, ground.tenant->number);
    core::Tenant::Head head{.epoch = ground.tenant->head().epoch, .seq = 0, .hash = std::string(32, '\0'), .time = {}};
    auto entries = core::read_log(tx, 0, 100);
    tx.run("DELETE FROM core_log WHERE tenant = $t");
    entries.at(2).subject_version = 77;
    for (auto& e : entries) core::append(*c, *ground.tenant, head, e);
    core::write_head(*c, ground.tenant->number, head);
    c->commit();
  }
};
FOR_BOTH_ENGINES(SignedHeads);

TEST_P(SignedHeads, AreGenuineAsTheyAreAndInNoOtherForm) {
  ground.add_thing("a");
  const auto head = sign();
  EXPECT_EQ(head.seq, 2);
  EXPECT_EQ(head.hash, ground.tenant->head().hash);
  EXPECT_TRUE(head.genuine());
  const auto again = kit::from_stored<core::SignedHead>(reflect::to_json(head));
  EXPECT_TRUE(again.genuine()) << "what is printed is what was signed";
  const auto forged = [&](auto change) {
    auto other = head;
    change(other);
    return other.genuine();
  };
  EXPECT_FALSE(forged([](auto& h) { ++h.seq; }));
  EXPECT_FALSE(forged([](auto& h) { h.epoch += 'x'; }));
  EXPECT_FALSE(forged([](auto& h) { h.hash[0] = static_cast<char>(h.hash[0] ^ 1); }));
  EXPECT_FALSE(forged([](auto& h) { h.signed_at += std::chrono::milliseconds(1); }));
  EXPECT_FALSE(forged([](auto& h) { h.tenant = {}; }));
  EXPECT_FALSE(forged([](auto& h) { h.signature[9] = static_cast<char>(h.signature[9] ^ 1); }));
  EXPECT_FALSE(forged([](auto& h) { h.public_key.clear(); }));
  ground.pass(std::chrono::hours(1));
  EXPECT_EQ(sign().public_key, head.public_key) << "one key of the installation";
}

TEST_P(SignedHeads, ProveThePast) {
  for (int i = 0; i < 4; ++i) ground.execute("things.poison", R"({"title":"x"})");
  ground.settle();
  const auto head = sign();
  EXPECT_EQ(ground.verdict({head}).heads, 1);
  EXPECT_TRUE(ground.verdict({head}).whole);
  auto false_one = head;
  false_one.signature[0] = static_cast<char>(false_one.signature[0] ^ 1);
  EXPECT_TRUE(ground.verdict({false_one}).broken.ends_with("the kept head's signature is wrong"));
  auto later = head;
  later.seq += 100;
  EXPECT_TRUE(ground.verdict({later}).broken.ends_with("a kept head names an entry that is not there"));
  auto stranger = head;
  stranger.tenant = core::TenantId::parse("ten_01jqm3vh6e7s8v3jq0a1b2c3d4").value();
  EXPECT_TRUE(ground.verdict({stranger}).broken.ends_with("a kept head names a tenant that is not there"));
  rewrite();
  EXPECT_TRUE(ground.verdict().whole) << "a chain alone proves nothing: " << ground.verdict().broken;
  EXPECT_TRUE(ground.verdict({head}).broken.ends_with("the log was rewritten: a kept head has another hash here"))
      << ground.verdict({head}).broken;
}

}  // namespace
