using Analytics.Silo.Configuration;

namespace Analytics.Tests.Silo;

public sealed class SettingArgumentsTests
{
    [Fact]
    public void Settings_are_taken_out_wherever_they_stand()
    {
        var (settings, rest) = SettingArguments.Split(["replay", "--Kafka:Topic=t", "file.csv", "--Storage:Path", "a.db", "--rate", "5", "--urls=http://x:1"]);
        Assert.Equal(["replay", "file.csv", "--rate", "5"], rest);
        Assert.Equal([new("Kafka:Topic", "t"), new("Storage:Path", "a.db"), new("urls", "http://x:1")], settings);
    }

    [Fact]
    public void An_option_whose_value_has_a_colon_is_no_setting()
    {
        var (settings, rest) = SettingArguments.Split(["replay", "f", "--bootstrap-servers=127.0.0.1:9092"]);
        Assert.Empty(settings);
        Assert.Equal(["replay", "f", "--bootstrap-servers=127.0.0.1:9092"], rest);
    }

    [Fact]
    public void A_setting_without_a_value_names_its_key() =>
        Assert.Equal("Kafka:Topic", Assert.Throws<SettingException>(() => SettingArguments.Split(["serve", "--Kafka:Topic"])).Key);

    [Fact]
    public void A_setting_given_twice_has_its_last_value() =>
        Assert.Equal("b.db", SettingSources.Load([new("Storage:Path", "a.db"), new("storage:path", "b.db")])["Storage:Path"]);
}
