Console.WriteLine("Not composed yet.");
