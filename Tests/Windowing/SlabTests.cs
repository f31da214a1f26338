using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

public sealed class SlabTests
{
    [Fact]
    public void Every_number_has_a_value_of_its_own_until_it_is_given_back()
    {
        var slab = new Slab<long>(chunkLength: 4);
        var numbers = Enumerable.Range(0, 11).Select(_ => slab.Take()).ToArray();
        Assert.Equal(11, numbers.Distinct().Count());
        foreach (var number in numbers)
        {
            slab[number] = 100 + number;
        }

        Assert.All(numbers, number => Assert.Equal(100 + number, slab[number]));
        Assert.Equal(11, slab.Count);

        slab.Return(numbers[3]);
        Assert.Equal(10, slab.Count);
        var again = slab.Take();
        Assert.Equal((numbers[3], 0L), (again, slab[again]));
        Assert.Equal(11, slab.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-4)]
    public void Arrays_of_another_length_than_a_power_of_two_are_refused(int length) =>
        Assert.All(
            new Action[] { () => _ = new Slab<long>(length), () => _ = new Slab<long>(4, length) },
            make => Assert.Throws<ArgumentOutOfRangeException>(make));

    [Fact]
    public void A_number_can_stand_for_a_run_of_values()
    {
        var slab = new Slab<int>(chunkLength: 2, runLength: 8);
        var numbers = Enumerable.Range(0, 5).Select(_ => slab.Take()).ToArray();
        foreach (var number in numbers)
        {
            Assert.Equal(8, slab.Run(number).Length);
            slab.Run(number).Fill(100 + number);
        }

        Assert.All(numbers, number => Assert.Equal(Enumerable.Repeat(100 + number, 8), slab.Run(number).ToArray()));
        slab.Return(numbers[3]);
        Assert.Equal(new int[8], slab.Run(slab.Take()).ToArray());
        Assert.Equal(100 + numbers[4], slab[numbers[4]]);
    }

    [Fact]
    public async Task Threads_that_take_and_give_back_at_once_never_share_a_number()
    {
        var slab = new Slab<long>(chunkLength: 16);
        await Task.WhenAll(Enumerable.Range(1, 4).Select(thread => Task.Run(
            () =>
            {
                var mine = new Queue<int>();
                for (var i = 0; i < 20_000; i++)
                {
                    var number = slab.Take();
                    Assert.Equal(0, slab[number]);
                    slab[number] = thread;
                    mine.Enqueue(number);
                    if (mine.Count > 50)
                    {
                        var oldest = mine.Dequeue();
                        Assert.Equal(thread, slab[oldest]);
                        slab.Return(oldest);
                    }
                }
            },
            TestContext.Current.CancellationToken)));
        Assert.Equal(200, slab.Count);
    }
}
