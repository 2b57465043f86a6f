/**
 * Thirty questions to two shops, Chinook and Northwind (`CORPUS_DIR/data`): joins of three to six tables, EXISTS and NOT IN, the top of each
 * group, hierarchies, windows. Each has one right order of rows, so that answers can be compared line by line.
 */
const chinook = {
  'sales by country': `
    SELECT c.Country, count(DISTINCT i.InvoiceId) AS invoices, round(sum(l.UnitPrice * l.Quantity), 2) AS sales
    FROM Customer c JOIN Invoice i ON i.CustomerId = c.CustomerId JOIN InvoiceLine l ON l.InvoiceId = i.InvoiceId
    GROUP BY c.Country ORDER BY sales DESC, c.Country`,
  'best artists of rock': `
    SELECT a.Name, count(*) AS tracks FROM Artist a
    JOIN Album b ON b.ArtistId = a.ArtistId JOIN Track t ON t.AlbumId = b.AlbumId JOIN Genre g ON g.GenreId = t.GenreId
    WHERE g.Name = 'Rock' GROUP BY a.ArtistId ORDER BY tracks DESC, a.Name LIMIT 10`,
  'customers who bought no jazz': `
    SELECT c.CustomerId, c.LastName FROM Customer c WHERE NOT EXISTS (
      SELECT 1 FROM Invoice i JOIN InvoiceLine l ON l.InvoiceId = i.InvoiceId JOIN Track t ON t.TrackId = l.TrackId
      JOIN Genre g ON g.GenreId = t.GenreId WHERE i.CustomerId = c.CustomerId AND g.Name = 'Jazz')
    ORDER BY c.CustomerId`,
  'tracks never sold': `
    SELECT count(*), sum(Milliseconds) FROM Track WHERE TrackId NOT IN (SELECT TrackId FROM InvoiceLine)`,
  'albums of one genre': `
    SELECT b.Title, min(g.Name) FROM Album b JOIN Track t USING (AlbumId) JOIN Genre g USING (GenreId)
    GROUP BY b.AlbumId HAVING count(DISTINCT g.GenreId) = 1 ORDER BY b.Title LIMIT 50`,
  'three best sellers of each genre': `
    SELECT genre, track, sold, place FROM (
      SELECT g.Name AS genre, t.Name AS track, t.TrackId AS id, sum(l.Quantity) AS sold,
        row_number() OVER (PARTITION BY g.GenreId ORDER BY sum(l.Quantity) DESC, t.TrackId) AS place
      FROM InvoiceLine l JOIN Track t ON t.TrackId = l.TrackId JOIN Genre g ON g.GenreId = t.GenreId
      GROUP BY t.TrackId)
    WHERE place <= 3 ORDER BY genre, place`,
  'running revenue by month': `
    SELECT month, revenue, round(sum(revenue) OVER (ORDER BY month), 2) AS so_far,
      round(revenue - lag(revenue) OVER (ORDER BY month), 2) AS change
    FROM (SELECT strftime('%Y-%m', InvoiceDate) AS month, sum(Total) AS revenue FROM Invoice GROUP BY 1) ORDER BY month`,
  'managers and their people': `
    WITH RECURSIVE under(boss, id, depth) AS (
      SELECT EmployeeId, EmployeeId, 0 FROM Employee
      UNION ALL SELECT under.boss, e.EmployeeId, depth + 1 FROM under JOIN Employee e ON e.ReportsTo = under.id)
    SELECT b.LastName, max(depth), count(*) - 1, (
      SELECT round(sum(Total), 2) FROM Invoice JOIN Customer USING (CustomerId)
      WHERE SupportRepId IN (SELECT id FROM under u WHERE u.boss = b.EmployeeId))
    FROM under JOIN Employee b ON b.EmployeeId = under.boss GROUP BY boss ORDER BY b.EmployeeId`,
  'playlists and their genres': `
    SELECT p.Name, g.Name, count(*) AS tracks, round(avg(t.Milliseconds) / 1000) AS seconds
    FROM Playlist p JOIN PlaylistTrack pt ON pt.PlaylistId = p.PlaylistId JOIN Track t ON t.TrackId = pt.TrackId
    JOIN Genre g ON g.GenreId = t.GenreId GROUP BY p.PlaylistId, g.GenreId HAVING tracks > 5
    ORDER BY p.PlaylistId, tracks DESC, g.Name`,
  'tracks on two playlists at least': `
    SELECT t.TrackId, t.Name FROM Track t
    WHERE (SELECT count(DISTINCT PlaylistId) FROM PlaylistTrack p WHERE p.TrackId = t.TrackId) > 2 ORDER BY t.TrackId LIMIT 200`,
  'six tables': `
    SELECT e.LastName, a.Name, count(*) AS lines, sum(l.Quantity * l.UnitPrice) AS amount
    FROM Employee e JOIN Customer c ON c.SupportRepId = e.EmployeeId JOIN Invoice i ON i.CustomerId = c.CustomerId
    JOIN InvoiceLine l ON l.InvoiceId = i.InvoiceId JOIN Track t ON t.TrackId = l.TrackId JOIN Album b ON b.AlbumId = t.AlbumId
    JOIN Artist a ON a.ArtistId = b.ArtistId
    GROUP BY e.EmployeeId, a.ArtistId ORDER BY lines DESC, e.LastName, a.Name LIMIT 20`,
  'longer than the mean of their album': `
    SELECT count(*) FROM Track t WHERE Milliseconds > 1.5 * (SELECT avg(Milliseconds) FROM Track u WHERE u.AlbumId = t.AlbumId)`,
  'pairs of customers in one city': `
    SELECT a.CustomerId, b.CustomerId, a.City FROM Customer a JOIN Customer b ON a.City = b.City AND a.CustomerId < b.CustomerId
    ORDER BY 1, 2`,
  'bought together': `
    SELECT x.TrackId, y.TrackId, count(*) AS times FROM InvoiceLine x
    JOIN InvoiceLine y ON y.InvoiceId = x.InvoiceId AND y.TrackId > x.TrackId
    GROUP BY 1, 2 ORDER BY times DESC, 1, 2 LIMIT 20`,
  'share of each genre': `
    SELECT g.Name, sum(l.Quantity) AS sold, round(100.0 * sum(l.Quantity) / sum(sum(l.Quantity)) OVER (), 1) AS share
    FROM InvoiceLine l JOIN Track t USING (TrackId) JOIN Genre g USING (GenreId) GROUP BY g.GenreId ORDER BY sold DESC, g.Name`,
}

const northwind = {
  'orders with their worth': `
    SELECT o.OrderID, c.CompanyName, round(sum(d.UnitPrice * d.Quantity * (1 - d.Discount)), 2) AS worth
    FROM Orders o JOIN Customers c ON c.CustomerID = o.CustomerID JOIN "Order Details" d ON d.OrderID = o.OrderID
    GROUP BY o.OrderID ORDER BY worth DESC, o.OrderID LIMIT 50`,
  'suppliers by category': `
    SELECT k.CategoryName, s.CompanyName, count(*) AS products, sum(p.UnitsInStock) AS stock
    FROM Products p JOIN Categories k ON k.CategoryID = p.CategoryID JOIN Suppliers s ON s.SupplierID = p.SupplierID
    GROUP BY k.CategoryID, s.SupplierID ORDER BY k.CategoryName, products DESC, s.CompanyName`,
  'customers without an order': `
    SELECT CustomerID FROM Customers WHERE CustomerID NOT IN (SELECT CustomerID FROM Orders WHERE CustomerID IS NOT NULL) ORDER BY 1`,
  'products dearer than their category': `
    SELECT ProductName, UnitPrice FROM Products p
    WHERE UnitPrice > (SELECT avg(UnitPrice) FROM Products q WHERE q.CategoryID = p.CategoryID) ORDER BY ProductName`,
  'two best products of each year': `
    WITH sales AS (
      SELECT strftime('%Y', o.OrderDate) AS year, d.ProductID, sum(d.Quantity) AS sold
      FROM Orders o JOIN "Order Details" d ON d.OrderID = o.OrderID GROUP BY 1, 2),
    ranked AS (SELECT *, rank() OVER (PARTITION BY year ORDER BY sold DESC) AS place FROM sales)
    SELECT year, p.ProductName, sold FROM ranked JOIN Products p ON p.ProductID = ranked.ProductID
    WHERE place <= 2 ORDER BY year, place, p.ProductName`,
  'employees and those above them': `
    WITH RECURSIVE chain(id, name, path, depth) AS (
      SELECT EmployeeID, LastName, LastName, 0 FROM Employees WHERE ReportsTo IS NULL
      UNION ALL SELECT e.EmployeeID, e.LastName, path || '/' || e.LastName, depth + 1 FROM chain JOIN Employees e ON e.ReportsTo = chain.id)
    SELECT chain.path, depth, count(o.OrderID) FROM chain LEFT JOIN Orders o ON o.EmployeeID = chain.id
    GROUP BY chain.id ORDER BY path`,
  'late shipments by shipper': `
    SELECT s.CompanyName, count(*) AS late, round(avg(julianday(o.ShippedDate) - julianday(o.RequiredDate)), 2) AS days
    FROM Orders o JOIN Shippers s ON s.ShipperID = o.ShipVia WHERE o.ShippedDate > o.RequiredDate
    GROUP BY s.ShipperID ORDER BY late DESC, s.CompanyName`,
  'customers who bought every category': `
    SELECT c.CompanyName FROM Customers c WHERE NOT EXISTS (
      SELECT 1 FROM Categories k WHERE NOT EXISTS (
        SELECT 1 FROM Orders o JOIN "Order Details" d ON d.OrderID = o.OrderID JOIN Products p ON p.ProductID = d.ProductID
        WHERE o.CustomerID = c.CustomerID AND p.CategoryID = k.CategoryID))
    ORDER BY 1`,
  'regions and what was sold there': `
    SELECT r.RegionDescription, count(DISTINCT e.EmployeeID) AS people, count(DISTINCT o.OrderID) AS orders
    FROM Regions r JOIN Territories t ON t.RegionID = r.RegionID JOIN EmployeeTerritories et ON et.TerritoryID = t.TerritoryID
    JOIN Employees e ON e.EmployeeID = et.EmployeeID JOIN Orders o ON o.EmployeeID = e.EmployeeID
    GROUP BY r.RegionID ORDER BY r.RegionID`,
  'first and last order of a customer': `
    SELECT CustomerID, min(OrderDate), max(OrderDate), count(*), round(sum(Freight), 2) FROM Orders GROUP BY CustomerID
    HAVING count(*) > 3 ORDER BY CustomerID`,
  'moving mean of freight': `
    SELECT OrderID, Freight, round(avg(Freight) OVER (ORDER BY OrderID ROWS BETWEEN 4 PRECEDING AND CURRENT ROW), 3) AS mean,
      ntile(10) OVER (ORDER BY Freight, OrderID) AS tenth FROM Orders ORDER BY OrderID`,
  'cities with customers or suppliers': `
    SELECT City, 'both' AS who FROM Customers INTERSECT SELECT City, 'both' FROM Suppliers
    UNION ALL SELECT City, 'customer' FROM (SELECT City FROM Customers EXCEPT SELECT City FROM Suppliers)
    UNION ALL SELECT City, 'supplier' FROM (SELECT City FROM Suppliers EXCEPT SELECT City FROM Customers) ORDER BY 2, 1`,
  'price bands': `
    SELECT CASE WHEN UnitPrice < 10 THEN 'low' WHEN UnitPrice < 30 THEN 'middle' ELSE 'high' END AS band,
      count(*) FILTER (WHERE Discontinued = 1) AS gone, count(*) AS all_of_them, group_concat(ProductID, ',') AS ids
    FROM (SELECT * FROM Products ORDER BY ProductID) GROUP BY band ORDER BY band`,
  'the next order of each customer': `
    SELECT o.OrderID, (SELECT min(n.OrderID) FROM Orders n WHERE n.CustomerID = o.CustomerID AND n.OrderID > o.OrderID) AS next
    FROM Orders o ORDER BY o.OrderID`,
  'six tables of an order': `
    SELECT s.Country, k.CategoryName, h.CompanyName, count(*) AS n, round(sum(d.Quantity * d.UnitPrice), 2) AS worth
    FROM "Order Details" d JOIN Orders o ON o.OrderID = d.OrderID JOIN Products p ON p.ProductID = d.ProductID
    JOIN Categories k ON k.CategoryID = p.CategoryID JOIN Suppliers s ON s.SupplierID = p.SupplierID JOIN Shippers h ON h.ShipperID = o.ShipVia
    GROUP BY s.Country, k.CategoryID, h.ShipperID ORDER BY worth DESC, n LIMIT 40`,
}

const of = (file, questions) =>
  Object.entries(questions).map(([name, sql]) => ({ file, name, sql: sql.trim() }))

export const queries = [...of('chinook.sqlite', chinook), ...of('northwind.sqlite', northwind)]
